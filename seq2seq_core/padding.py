"""Batches of sequences of different lengths: a mask of the positions before the padding, softmax, and reversal."""

from __future__ import annotations

import torch
from torch import Tensor


def mask_from_lengths(lengths: Tensor, size: int, device: torch.device) -> Tensor:
    """lengths (B,) on the CPU -> mask (B,size) on the device, false at padding.

    Raises ValueError for a length outside 1..size: a row of padding only has no position to attend to.
    """
    shortest, longest = int(lengths.min()), int(lengths.max())
    if shortest < 1 or longest > size:
        raise ValueError(f"lengths {shortest}..{longest} are refused; expected 1..{size} (attention needs a position)")
    return torch.arange(size, device=device) < lengths.to(device, non_blocking=True).unsqueeze(1)


def masked_softmax(energies: Tensor, mask: Tensor) -> Tensor:
    """energies (B,T,S), mask (B,S) -> weights (B,T,S), which are zero at padding and sum to 1."""
    return energies.masked_fill(~mask.unsqueeze(1), float("-inf")).softmax(dim=-1)


def reverse_within_length(sequences: Tensor, lengths: Tensor) -> Tensor:
    """sequences (B,S) or (B,S,C), lengths (B,) -> same shape, each row reversed within its length, padding in place."""
    position = torch.arange(sequences.size(1), device=sequences.device)
    mirrored = lengths.to(sequences.device, non_blocking=True).unsqueeze(1) - 1 - position  # (B,S), negative at padding
    index = torch.where(mirrored >= 0, mirrored, position)
    if sequences.ndim == 3:
        index = index.unsqueeze(-1).expand_as(sequences)
    return sequences.gather(1, index)
