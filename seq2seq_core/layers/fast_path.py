"""The choice between a kernel and the plain path: the only module outside `seq2seq_core.kernels` that imports kernels.

Each function computes the same as the plain path of its caller, or returns None where no kernel applies; the caller
then takes the plain path. `disabled()` makes all of them return None.

encode             a recurrence over padded sequences           a cell of `KERNELS` on a CPU
decode             a known target, cell before attention        a cell of `KERNELS` on a CPU
attend_first       a known target, attention before the cell    a cell of `KERNELS` with one layer on a CPU
align              alignments of known queries                  a score of `ALIGNMENT_KERNELS` on a CPU
token_step         one step of decoding without gradients       a cell of `KERNELS` with one layer on a CPU
align_step         one alignment without gradients              a score of `ALIGNMENT_KERNELS` on a CPU
align_token_step   `token_step`, `align_step` and the logits    what both of them take
energies_step      additive energies of one step of decoding    many keys on a CPU
additive_energies  v . tanh(q + k) of many queries              tiles for a large tensor, or torch.compile
linear             a linear layer                               oneDNN for a large product in float32 on a CPU

`encode` and `decode` leave an LSTM in float32 to torch where little of its batch is padding, see `MIN_PADDING`.

Where inputs are tokens, they come with the table of embeddings: a kernel projects each row of the table once, however
often its token occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.freed_memory import keep_freed_memory
from seq2seq_core.kernels.alignment.gated import GatedShiftKernel
from seq2seq_core.kernels.alignment.location import LocationKernel
from seq2seq_core.kernels.alignment.moves import OneStepKernel, ShiftKernel
from seq2seq_core.kernels.alignment.recurrence import AlignmentKernel, alignment_step, run_alignment_recurrence
from seq2seq_core.kernels.attention_recurrence import run_attention_recurrence
from seq2seq_core.kernels.cell_step import cell_align_step, cell_step
from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.cells.gru import GRUKernel
from seq2seq_core.kernels.cells.lstm import LSTMKernel
from seq2seq_core.kernels.cells.rnn import RNNKernel
from seq2seq_core.kernels.compiled import run_compiled
from seq2seq_core.kernels.energies.step import StepEnergies
from seq2seq_core.kernels.energies.tiled import MIN_ELEMENTS, TiledAdditiveEnergies
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.products import Linear, onednn_available, takes_onednn
from seq2seq_core.kernels.recurrence import run_recurrence
from seq2seq_core.layers.cells import Cell, RunCell, State

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

MIN_PADDING = 0.5
"""torch runs some cells on oneDNN (`CellKernel.onednn`), in one fused loop over all positions of a padded batch. The
kernel, which visits no padding, takes 1.0 to 1.9 times as long without padding, and less time from about this share of
padding on."""
MIN_PADDING_LARGE = 0.15
"""The same where the products of a step are large, so that the kernel leaves them to oneDNN as well."""

MIN_STEP_KEYS = 2**23
"""Elements of the keys from which `energies_step` applies: 200 sources of 1,000 letters have more. Its tiles fit a
cache."""

EnergiesStep = Callable[[Tensor], Tensor]
"""A query (B,1,Q) -> energies (B,1,S), minus infinity at padding"""

AlignStep = Callable[[Tensor, Tensor], Tensor]
"""One alignment: a query (B,1,Q), the alignment before it (B,1,S) -> weights (B,1,S)"""

TokenStep = Callable[[Tensor], tuple[Tensor, Tensor]]
"""One step of decoding: tokens (B,1) -> logits (B,1,V), attention weights (B,1,S), which the next step overwrites"""

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


def encode(cell: Cell, inputs: Tensor, lengths: Tensor, table: Tensor | None) -> tuple[Tensor, State] | None:
    """inputs (B,S,C), or tokens (B,S) and a table (V,C); lengths (B,) on the CPU -> outputs (B,S,H x D), zero at
    padding, and the state (layers x D,B,H) where each sequence ends."""
    layout = PackedLayout(lengths, inputs.size(1))
    if (kernel := _kernel(cell, inputs.device)) is None:
        return None
    if _torch_is_faster(cell, kernel, layout):
        # Without padding, torch's module computes the same, both directions in one call.
        return None if layout.padding else cell.run(inputs if table is None else functional.embedding(inputs, table))
    outputs, state = run_recurrence(kernel, cell.kernel_weights(), inputs, table, layout, None, _dropout(cell))
    return layout.unpack(outputs), state


def decode(
    cell: Cell,
    tokens: Tensor,
    table: Tensor,
    state: State,
    lengths: Tensor | None,
    attend: Callable[[Tensor], Tensor] | None,
    readout: Callable[[Tensor, Tensor | None], Tensor],
) -> Tensor | None:
    """The logits of known tokens, from a decoder whose states do not depend on its contexts.

    tokens (B,T), table (V,E), the first state, lengths (B,) of the targets on the CPU or None for T -> logits (B,T,V),
    zero past the lengths. attend: outputs (B,T,H) -> contexts (B,T,C); None without attention. readout: outputs (N,H)
    and contexts (N,C) -> logits (N,V).
    """
    layout = _target_layout(tokens, lengths)
    if (kernel := _kernel(cell, tokens.device)) is None or _torch_is_faster(cell, kernel, layout):
        return None
    outputs, _ = run_recurrence(kernel, cell.kernel_weights(), tokens, table, layout, state, _dropout(cell))
    contexts = None if attend is None else layout.pack(attend(layout.unpack(outputs)))[0]
    return layout.unpack(readout(outputs[0], contexts).unsqueeze(0))


def attend_first(
    cell: Cell,
    tokens: Tensor,
    table: Tensor,
    state: State,
    lengths: Tensor | None,
    terms: EnergyTerms | None,
    memory: tuple[Tensor, Tensor, Tensor],
    readout: Callable[[Tensor, Tensor | None], Tensor],
) -> Tensor | None:
    """`decode` for a decoder whose attention runs before the cell.

    terms: those of its energies, or None for energies of another form. memory: keys (B,S,K), values (B,S,C) and mask
    (B,S).
    """
    kernel = _kernel(cell, tokens.device)
    if terms is None or kernel is None or cell.num_layers > 1:
        return None
    layout, weights, first = _target_layout(tokens, lengths), cell.kernel_weights()[0][0], [rows[0] for rows in state]
    outputs, contexts = run_attention_recurrence(kernel, weights, terms, tokens, table, first, memory, layout)
    return layout.unpack(readout(outputs, contexts).unsqueeze(0))


def token_step(cell: Cell, table: Tensor) -> RunCell | None:
    """One step of the cell without gradients: a `RunCell` whose inputs are tokens (B,1), not their embeddings; table
    (V,E)."""
    kernel = _kernel(cell, table.device)
    if kernel is None or cell.num_layers > 1:
        return None
    step = cell_step(kernel, cell.kernel_weights()[0][0], table)

    def run(tokens: Tensor, others: list[Tensor], state: State) -> tuple[Tensor, State]:
        after = step(tokens, others, [rows[0] for rows in state])
        return after[0].unsqueeze(1), tuple(rows.unsqueeze(0) for rows in after)

    return run


def align(
    terms: AlignmentTerms | None, query: Tensor, first: Tensor, mask: Tensor, lengths: Tensor | None
) -> Tensor | None:
    """The alignments of known queries, with a score that uses the alignment before each.

    query (B,T,Q), the alignment before the first step (B,1,S), mask (B,S), lengths (B,) of the targets on the CPU, or
    None for T -> weights (B,T,S), zero past the lengths.
    """
    if terms is None or not _takes_alignments(mask):
        return None
    layout = _target_layout(query, lengths)
    projected = layout.pack(functional.linear(query, *terms.query))[0]
    rows = terms.rows(projected.split_with_sizes(terms.sizes, -1), None)
    kernel = ALIGNMENT_KERNELS[terms.kernel]
    return run_alignment_recurrence(kernel, rows, terms.memory, terms.parameters, first, mask, layout)


def energies_step(terms: EnergyTerms | None, keys: Tensor, mask: Tensor) -> EnergiesStep | None:
    """Additive energies of one query a row without gradients, prepared once for all steps of a decoding. The terms of
    its energies, keys (B,S,K), mask (B,S)."""
    if terms is None or not _takes_alignments(mask) or keys.numel() < MIN_STEP_KEYS:
        return None
    weight, bias, vector = terms
    if weight is None or vector is None:
        return None
    energies = StepEnergies(keys, vector, mask, float("inf"))

    def step(query: Tensor) -> Tensor:
        doubled = functional.linear(query, weight, bias) * energies.query_scale
        return energies.energies(energies.prepare_(doubled)).unsqueeze(1)

    return step


def align_step(terms: AlignmentTerms | None, mask: Tensor, dtype: torch.dtype) -> AlignStep | None:
    """One step of `align` without gradients, prepared once for all steps of a decoding. mask (B,S)."""
    if terms is None or not _takes_alignments(mask):
        return None
    weight, bias = terms.query
    alignment, projected = torch.empty_like(mask, dtype=dtype), torch.zeros(len(mask), len(bias), dtype=dtype)
    advance = _align_in_place(terms, mask, projected, alignment)

    def step(query: Tensor, previous: Tensor) -> Tensor:
        torch.addmm(bias, query.squeeze(1), weight.t(), out=projected)
        alignment.copy_(previous.squeeze(1))
        advance()
        return alignment.unsqueeze(1).clone()

    return step


def align_token_step(
    cell: Cell,
    table: Tensor,
    state: State,
    terms: AlignmentTerms | None,
    memory: tuple[Tensor, Tensor, Tensor],
    readout: tuple[Tensor, Tensor, Tensor],
) -> TokenStep | None:
    """A step of decoding without gradients, of a decoder with the cell first whose context only enters the logits.

    table (V,E), the first state. memory: the alignment before the first step (B,1,S), values (B,S,C) and mask (B,S).
    readout: W (V,H), W_c (V,C) and b (V,) of logits W h + W_c c + b.
    """
    kernel = _kernel(cell, table.device)
    if terms is None or kernel is None or cell.num_layers > 1:
        return None
    first, values, mask = memory
    align, rows = partial(_align_in_place, terms, mask), [each[0] for each in state]
    return cell_align_step(kernel, cell.kernel_weights()[0][0], table, rows, readout, terms.query, align, first, values)


def _align_in_place(terms: AlignmentTerms, mask: Tensor, projected: Tensor, alignment: Tensor) -> Callable[[], object]:
    """A function that replaces `alignment` (B,S) by the next one, that of the query whose projection `projected` (B,M)
    then holds."""
    parts = projected.split_with_sizes(terms.sizes, -1)
    rows = terms.rows(parts, None)
    kernel, others = ALIGNMENT_KERNELS[terms.kernel], [*terms.memory, *terms.parameters]
    advance = alignment_step(kernel, rows, others, alignment, mask)
    return lambda: (terms.rows(parts, rows), advance())


def _takes_alignments(mask: Tensor) -> bool:
    return _enabled.get() and mask.device.type == "cpu"


def additive_energies(
    formula: Callable[..., Tensor], query: Tensor, keys: Tensor, vector: Tensor, *, compiled: bool
) -> Tensor | None:
    """query (B,T,K), keys (B,S,K), vector (K,) -> energies (B,T,S) of the formula v . tanh(q + k)."""
    if not _enabled.get():
        return None
    if compiled:
        return run_compiled(formula, query, keys, vector)
    if query.size(1) == 1 or query.numel() * keys.size(1) <= MIN_ELEMENTS[query.device.type]:
        return None
    energies: Tensor = TiledAdditiveEnergies.apply(query, keys, vector)  # type: ignore[no-untyped-call]
    return energies


def linear(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor | None:
    """inputs (...,C), W (M,C), b (M,) or None -> W x + b (...,M)."""
    if not _enabled.get() or not takes_onednn(inputs, inputs.numel() * len(weight), once=True):
        return None
    outputs: Tensor = Linear.apply(inputs.flatten(0, -2), weight, bias)  # type: ignore[no-untyped-call]
    return outputs.view(*inputs.shape[:-1], -1)


def _kernel(cell: Cell, device: torch.device) -> CellKernel | None:
    return KERNELS[cell.kernel] if cell.kernel and _enabled.get() and device.type == "cpu" else None


def _torch_is_faster(cell: Cell, kernel: CellKernel, layout: PackedLayout) -> bool:
    """Whether torch's module takes less time than the kernel over a known sequence."""
    recurrent = cell.kernel_weights()[0][0][1]
    if not kernel.onednn or recurrent.dtype != torch.float32 or not onednn_available():
        return False
    large = takes_onednn(recurrent, layout.lengths.numel() * recurrent.numel())
    return layout.padding < (MIN_PADDING_LARGE if large else MIN_PADDING)


def _dropout(cell: Cell) -> float:
    """The probability that acts between layers."""
    return cell.dropout if cell.training else 0.0


def _target_layout(tokens: Tensor, lengths: Tensor | None) -> PackedLayout:
    """tokens or terms (B,T,...), lengths (B,) on the CPU, or None where every row has T."""
    return PackedLayout(torch.full(tokens.shape[:1], tokens.size(1)) if lengths is None else lengths, tokens.size(1))
