"""Separate random streams, so that a change in one place of a run does not reshuffle the others.

A stream is named after what it feeds ("train data", "dropout", ...) and derived from the run's seed. Initial weights
have a stream for each parameter's name: two models that share a part start with the same values in it, which makes a
comparison paired by seed a closer one.
"""

from __future__ import annotations

import hashlib

import torch
from torch import nn


def derive(seed: int, stream: str) -> int:
    """A 63-bit seed for a named stream of a run's seed."""
    digest = hashlib.sha256(f"{seed}/{stream}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, stream: str, device: torch.device) -> torch.Generator:
    """A generator on the device, at the beginning of a named stream."""
    return torch.Generator(device).manual_seed(derive(seed, stream))


@torch.no_grad()
def initialise(model: nn.Module, seed: int) -> None:
    """Xavier-normal matrices (Glorot and Bengio 2010) and zero biases, as in the article's code; drawn on the CPU.

    The model has to be there still: the values are then the same whatever device it moves to.
    """
    cpu = torch.device("cpu")
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1:
            nn.init.zeros_(parameter)
        else:
            nn.init.xavier_normal_(parameter, generator=generator(seed, f"initial {name}", cpu))
