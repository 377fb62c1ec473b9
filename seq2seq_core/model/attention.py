"""Attention: a query attends to a memory and gets a context."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from seq2seq_core.layers.scores import Score, UsesPreviousAlignment


@dataclass(frozen=True)
class Memory:
    """What the decoder attends to: the keys, values and mask of one batch."""

    keys: Tensor
    """(B,S,K), projected once a sequence"""
    values: Tensor
    """(B,S,C)"""
    mask: Tensor
    """(B,S), true where a position is real; each row has a real position (`mask_from_lengths` checks it)"""


def attend(score: Score, query: Tensor, memory: Memory, previous: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """query (B,T,Q) -> context (B,T,C) and attention weights (B,T,S), which are zero at padding and sum to 1.

    previous: the attention weights (B,1,S) of the step before, which a `UsesPreviousAlignment` needs (T is 1); None at
    the first step.
    """
    if isinstance(score, UsesPreviousAlignment):
        before = score.first_alignment(memory.keys, memory.mask) if previous is None else previous
        energies = score.energies_from_previous(query, memory.keys, before)
    else:
        energies = score.energies(query, memory.keys)
    weights = energies.masked_fill(~memory.mask.unsqueeze(1), float("-inf")).softmax(dim=-1)
    return weights @ memory.values, weights
