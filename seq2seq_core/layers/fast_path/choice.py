"""Which cells and alignments have a kernel, and the switch that disables all kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.freed_memory import keep_freed_memory
from seq2seq_core.kernels.alignment.gated import GatedShiftKernel
from seq2seq_core.kernels.alignment.location import LocationKernel
from seq2seq_core.kernels.alignment.moves import OneStepKernel, ShiftKernel
from seq2seq_core.kernels.alignment.recurrence import AlignmentKernel
from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.cells.gru import GRUKernel
from seq2seq_core.kernels.cells.lstm import LSTMKernel
from seq2seq_core.kernels.cells.rnn import RNNKernel
from seq2seq_core.layers.cells import Cell

keep_freed_memory()
_enabled = ContextVar("_enabled", default=True)

KERNELS: dict[str, CellKernel] = {"gru": GRUKernel(), "lstm": LSTMKernel(), "rnn": RNNKernel()}
"""What a cell names by `Cell.kernel`"""

ALIGNMENT_KERNELS: dict[str, type[AlignmentKernel]] = {
    "location": LocationKernel,
    "shift": ShiftKernel,
    "one_step": OneStepKernel,
    "gated_shift": GatedShiftKernel,
}
"""What a score names by `AlignmentTerms.kernel`"""

EnergyTerms = tuple[Tensor | None, Tensor | None, Tensor | None]
"""W_q (K,Q), b_q (K,) and v (K,) of energies v . tanh(W_q q + b_q + k), or three times None for q . k"""


@dataclass(frozen=True)
class AlignmentTerms:
    """A score that uses the previous alignment, as a kernel takes it."""

    kernel: str
    """A name in `ALIGNMENT_KERNELS`"""
    query: tuple[Tensor, Tensor]
    """W (M,Q) and b (M,), which project a query"""
    sizes: tuple[int, ...]
    """M as a sum: the sizes of the parts of a projected query"""
    rows: Callable[[Sequence[Tensor], Sequence[Tensor] | None], Sequence[Tensor]]
    """The parts of projected queries, (...,size) each, and None, or the result of an earlier call, which is to be
    replaced in place -> the terms of their steps, (...,some number) each"""
    memory: tuple[Tensor, ...] = ()
    """The terms of each row of the batch, (B,...) each"""
    parameters: tuple[Tensor, ...] = ()
    """The terms of all rows"""


@contextmanager
def disabled() -> Iterator[None]:
    """Disables all kernels inside the block: everything takes the plain path."""
    token = _enabled.set(False)
    try:
        yield
    finally:
        _enabled.reset(token)


def enabled() -> bool:
    """Whether the kernels are in use, so that the code outside `disabled` is running."""
    return _enabled.get()


def kernel_of(cell: Cell, device: torch.device) -> CellKernel | None:
    return KERNELS[cell.kernel] if cell.kernel and _enabled.get() and device.type == "cpu" else None


def takes_alignments(mask: Tensor) -> bool:
    """Whether alignments with this mask have a kernel."""
    return _enabled.get() and mask.device.type == "cpu"
