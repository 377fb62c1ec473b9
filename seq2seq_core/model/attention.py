"""Attention: a query attends to a memory and gets a context."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.layers import fast_path
from seq2seq_core.layers.fast_path import AlignStep, EnergiesStep
from seq2seq_core.layers.scores import Score, UsesPreviousAlignment
from seq2seq_core.padding import masked_softmax


@dataclass(frozen=True)
class Memory:
    """What the decoder attends to: the keys, values and mask of one batch."""

    keys: Tensor
    """(B,S,K), projected once a sequence"""
    values: Tensor
    """(B,S,C)"""
    mask: Tensor
    """(B,S), true where a position is real; each row has a real position (`mask_from_lengths` checks it)"""
    align_step: AlignStep | None = None
    """In greedy decoding, where there is a kernel for it: one alignment of a `UsesPreviousAlignment`"""
    energies_step: EnergiesStep | None = None
    """The same for the energies of another score"""


def attend(
    score: Score, query: Tensor, memory: Memory, previous: Tensor | None = None, lengths: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """query (B,T,Q) -> context (B,T,C) and attention weights (B,T,S), which are zero at padding and sum to 1.

    previous: the attention weights (B,1,S) of the step before, which a `UsesPreviousAlignment` needs; None at the first
    step. lengths (B,) of the queries on the CPU: what is past them is arbitrary. None for T.
    """
    if isinstance(score, UsesPreviousAlignment):
        if previous is None:
            previous = score.first_alignment(memory.keys, memory.mask)
        weights = _align(score, query, memory, previous, lengths)
    else:
        step = memory.energies_step if query.size(1) == 1 else None
        weights = masked_softmax(step(query) if step else score.energies(query, memory.keys), memory.mask)
    return weights @ memory.values, weights


def _align(
    score: UsesPreviousAlignment, query: Tensor, memory: Memory, previous: Tensor, lengths: Tensor | None
) -> Tensor:
    """query (B,T,Q), the attention weights before the first step (B,1,S) -> those of each step (B,T,S)."""
    if memory.align_step is not None and query.size(1) == 1:
        return memory.align_step(query, previous)
    if query.size(1) > 1:
        fast = fast_path.align(score.alignment_terms(memory.keys), query, previous, memory.mask, lengths)
        if fast is not None:
            return fast
    steps = []
    for step in torch.split(query, 1, dim=1):
        previous = masked_softmax(score.energies_from_previous(step, memory.keys, previous, memory.mask), memory.mask)
        steps.append(previous)
    return torch.cat(steps, dim=1)
