"""The values that the constructor of a part sets on purpose are those that its training starts with."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from seq2seq_core.conformance.requirements import require
from seq2seq_core.seeding import OwnInitialValues, initialise


def check_constructor(make: Callable[[], nn.Module]) -> None:
    """Values are set on purpose if they are not zero and the same in two parts, whose random numbers are different. A
    part with `initial_values` may have others."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first, second = make(), make()
    if any(isinstance(module, OwnInitialValues) for module in first.modules()):
        return
    constructed = {name: parameter.detach().clone() for name, parameter in first.named_parameters()}
    initialise(first, seed=0)
    other = dict(second.named_parameters())
    for name, parameter in first.named_parameters():
        value = constructed[name]
        chosen = torch.equal(value, other[name]) and bool(value.any())
        require(
            not chosen or torch.equal(value, parameter),
            f"the constructor sets {name}, of shape {tuple(value.shape)}, and a model starts with other values; "
            "expected a method initial_values(self, generator) that sets them",
        )
