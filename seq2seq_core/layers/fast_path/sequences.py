"""Known sequences, with gradients: the source, teacher-forced targets, and what is computed of all their steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.kernels.alignment.recurrence import run_alignment_recurrence
from seq2seq_core.kernels.attention_recurrence import run_attention_recurrence
from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.compiled import run_compiled
from seq2seq_core.kernels.energies.tiled import MIN_ELEMENTS, TiledAdditiveEnergies
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.products import Linear, onednn_available, takes_onednn
from seq2seq_core.kernels.recurrence import run_recurrence
from seq2seq_core.layers.cells import Cell, State
from seq2seq_core.layers.fast_path.choice import (
    ALIGNMENT_KERNELS,
    AlignmentTerms,
    EnergyTerms,
    enabled,
    kernel_of,
    takes_alignments,
)

MIN_PADDING = 0.5
"""torch runs some cells on oneDNN (`CellKernel.onednn`), in one fused loop over all positions of a padded batch. The
kernel, which visits no padding, takes 1.0 to 1.9 times as long without padding, and less time from about this share of
padding on."""
MIN_PADDING_LARGE = 0.15
"""The same where the products of a step are large, so that the kernel leaves them to oneDNN as well."""


def encode(cell: Cell, inputs: Tensor, lengths: Tensor, table: Tensor | None) -> tuple[Tensor, State] | None:
    """inputs (B,S,C), or tokens (B,S) and a table (V,C); lengths (B,) on the CPU -> outputs (B,S,H x D), zero at
    padding, and the state (layers x D,B,H) where each sequence ends."""
    layout = PackedLayout(lengths, inputs.size(1))
    if (kernel := kernel_of(cell, inputs.device)) is None:
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
    if (kernel := kernel_of(cell, tokens.device)) is None or _torch_is_faster(cell, kernel, layout):
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
    kernel = kernel_of(cell, tokens.device)
    if terms is None or kernel is None or cell.num_layers > 1:
        return None
    layout, weights, first = _target_layout(tokens, lengths), cell.kernel_weights()[0][0], [rows[0] for rows in state]
    outputs, contexts = run_attention_recurrence(kernel, weights, terms, tokens, table, first, memory, layout)
    return layout.unpack(readout(outputs, contexts).unsqueeze(0))


def align(
    terms: AlignmentTerms | None, query: Tensor, first: Tensor, mask: Tensor, lengths: Tensor | None
) -> Tensor | None:
    """The alignments of known queries, with a score that uses the alignment before each.

    query (B,T,Q), the alignment before the first step (B,1,S), mask (B,S), lengths (B,) of the targets on the CPU, or
    None for T -> weights (B,T,S), zero past the lengths.
    """
    if terms is None or not takes_alignments(mask):
        return None
    layout = _target_layout(query, lengths)
    projected = layout.pack(functional.linear(query, *terms.query))[0]
    rows = terms.rows(projected.split_with_sizes(terms.sizes, -1), None)
    kernel = ALIGNMENT_KERNELS[terms.kernel]
    return run_alignment_recurrence(kernel, rows, terms.memory, terms.parameters, first, mask, layout)


def additive_energies(
    formula: Callable[..., Tensor], query: Tensor, keys: Tensor, vector: Tensor, *, compiled: bool
) -> Tensor | None:
    """query (B,T,K), keys (B,S,K), vector (K,) -> energies (B,T,S) of the formula v . tanh(q + k)."""
    if not enabled() or query.size(1) == 1:  # a single step needs no compiler
        return None
    if compiled:
        return run_compiled(formula, query, keys, vector)
    if query.numel() * keys.size(1) <= MIN_ELEMENTS[query.device.type]:
        return None
    energies: Tensor = TiledAdditiveEnergies.apply(query, keys, vector)  # type: ignore[no-untyped-call]
    return energies


def linear(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor | None:
    """inputs (...,C), W (M,C), b (M,) or None -> W x + b (...,M)."""
    if not enabled() or not takes_onednn(inputs, inputs.numel() * len(weight), once=True):
        return None
    outputs: Tensor = Linear.apply(inputs.flatten(0, -2), weight, bias)  # type: ignore[no-untyped-call]
    return outputs.view(*inputs.shape[:-1], -1)


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
