"""A formula run by `torch.compile`, for the option `compile` of a model."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

import torch
from torch import Tensor


def run_compiled(formula: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """The formula of the inputs, compiled for any sizes; the first calls in a process take seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's compiler warns about its own internals
        return _compile(formula)(*inputs)


@functools.cache
def _compile(formula: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return torch.compile(formula, dynamic=True)
