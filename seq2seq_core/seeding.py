"""Independent random streams, so that a change in one part of a run does not change the random numbers of the others.

A stream is derived from the run's seed and a name, such as "train letters" or "dropout". Initial weights have one
stream for each parameter name: models that share a part start with the same values in it, which reduces the variance of
a comparison paired by seed.
"""

from __future__ import annotations

import hashlib
from typing import Protocol, runtime_checkable

import torch
from torch import nn

# The last one is the base of all BatchNorm and InstanceNorm layers, which have no public one.
KEPT = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.modules.batchnorm._NormBase)
"""Layers whose parameters keep the values of their constructor: weights of 1 and biases of 0."""


@runtime_checkable
class OwnInitialValues(Protocol):
    """A module that sets initial values of its own."""

    def initial_values(self, generator: torch.Generator) -> None:
        """Sets some or all parameters of the module in place, after `initialise` has set all of them. Random numbers
        come from the generator, which is on the CPU."""


def derive(seed: int, stream: str) -> int:
    """The seed, of 63 bits, of a named stream of a run."""
    digest = hashlib.sha256(f"{seed}/{stream}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, stream: str, device: torch.device) -> torch.Generator:
    """A generator on the device, at the start of a named stream."""
    return torch.Generator(device).manual_seed(derive(seed, stream))


@torch.no_grad()
def initialise(model: nn.Module, seed: int) -> None:
    """Xavier-normal matrices (Glorot and Bengio 2010) and zero biases, as in the article's code.

    Values that a constructor sets are replaced, except numbers without a dimension and those of `KEPT`. A module that
    needs other values has a method `initial_values` (see `OwnInitialValues`), with a stream of its own; that of a
    module is called after those of the modules in it.

    The model must be on the CPU, so that the values do not depend on the device that it is moved to afterwards.
    """
    cpu = torch.device("cpu")
    kept = {
        parameter
        for module in model.modules()
        if isinstance(module, KEPT)
        for parameter in module.parameters(recurse=False)
    }
    for name, parameter in model.named_parameters():
        if parameter.ndim == 0 or parameter in kept:
            continue
        if parameter.ndim == 1:
            nn.init.zeros_(parameter)
        else:
            nn.init.xavier_normal_(parameter, generator=generator(seed, f"initial {name}", cpu))
    for name, module in reversed([*model.named_modules()]):
        if isinstance(module, OwnInitialValues):
            module.initial_values(generator(seed, f"initial {name}", cpu))
