"""The option `compile`: the formula of additive energies as one loop that `torch.compile` writes."""

from __future__ import annotations

import functools
import warnings

import torch
from torch import Tensor

from seq2seq_core.kernels.tiled_energies import Formula, plain_energies


@functools.cache
def compiled_energies() -> Formula:
    """What `plain_energies` gives, for any sizes; a process compiles at its first calls, which takes seconds."""
    compiled: list[Formula] = []

    def energies(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's compiler warns of what it does itself
            if not compiled:
                compiled.append(torch.compile(plain_energies, dynamic=True))
            return compiled[0](query, keys, vector)

    return energies
