"""One step of decoding, without gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.kernels.alignment.recurrence import alignment_step
from seq2seq_core.kernels.cell_step import cell_align_step, cell_step
from seq2seq_core.kernels.energies.step import StepEnergies
from seq2seq_core.layers.cells import Cell, RunCell, State
from seq2seq_core.layers.fast_path.choice import (
    ALIGNMENT_KERNELS,
    AlignmentTerms,
    EnergyTerms,
    kernel_of,
    takes_alignments,
)

MIN_STEP_KEYS = 2**23
"""Elements of the keys from which `energies_step` applies: 200 sources of 1,000 letters have more. Its tiles fit a
cache."""

EnergiesStep = Callable[[Tensor], Tensor]
"""A query (B,1,Q) -> energies (B,1,S), minus infinity at padding"""

AlignStep = Callable[[Tensor, Tensor], Tensor]
"""One alignment: a query (B,1,Q), the alignment before it (B,1,S) -> weights (B,1,S)"""

TokenStep = Callable[[Tensor], tuple[Tensor, Tensor]]
"""One step of decoding: tokens (B,1) -> logits (B,1,V), attention weights (B,1,S), which the next step overwrites"""


def token_step(cell: Cell, table: Tensor) -> RunCell | None:
    """One step of the cell without gradients: a `RunCell` whose inputs are tokens (B,1), not their embeddings; table
    (V,E)."""
    kernel = kernel_of(cell, table.device)
    if kernel is None or cell.num_layers > 1:
        return None
    step = cell_step(kernel, cell.kernel_weights()[0][0], table)

    def run(tokens: Tensor, others: list[Tensor], state: State) -> tuple[Tensor, State]:
        after = step(tokens, others, [rows[0] for rows in state])
        return after[0].unsqueeze(1), tuple(rows.unsqueeze(0) for rows in after)

    return run


def energies_step(terms: EnergyTerms | None, keys: Tensor, mask: Tensor) -> EnergiesStep | None:
    """Additive energies of one query a row without gradients, prepared once for all steps of a decoding. The terms of
    its energies, keys (B,S,K), mask (B,S)."""
    if terms is None or not takes_alignments(mask) or keys.numel() < MIN_STEP_KEYS:
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
    if terms is None or not takes_alignments(mask):
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
    kernel = kernel_of(cell, table.device)
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
