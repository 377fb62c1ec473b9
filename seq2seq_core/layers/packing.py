"""The three ways to run a recurrence over sequences of unequal length.

packed        torch's packed sequences: padding is never read. The reference.
padded        the recurrence over the padded tensor. It reads the padding, so the last state, and every value of a
              backward direction, are those of another function. Many codebases do this; reports call it another model.
padded_exact  the values and the last state of `packed`, computed on padded tensors: for the backward direction each
              sequence is reversed within its own length, and the state is taken where the sequence ends.

All three use the weights of one cell, so a checkpoint fits each of them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seq2seq_core.layers import fast_path
from seq2seq_core.layers.cells import Cell, State
from seq2seq_core.padding import mask_from_lengths, reverse_within_length


def look_up(inputs: Tensor, table: Tensor | None) -> Tensor:
    """inputs (B,S,C), or with a table (V,C) tokens (B,S) -> (B,S,C)."""
    return inputs if table is None else functional.embedding(inputs, table)


def packed(cell: Cell, inputs: Tensor, lengths: Tensor, table: Tensor | None = None) -> tuple[Tensor, State]:
    sequence = pack_padded_sequence(look_up(inputs, table), lengths, batch_first=True, enforce_sorted=False)
    outputs, state = cell.run(sequence)
    values, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.size(1))
    return values, state


def padded(cell: Cell, inputs: Tensor, lengths: Tensor, table: Tensor | None = None) -> tuple[Tensor, State]:
    return cell.run(look_up(inputs, table))


def padded_exact(cell: Cell, inputs: Tensor, lengths: Tensor, table: Tensor | None = None) -> tuple[Tensor, State]:
    fast = fast_path.encode(cell, inputs, lengths, table)
    if fast is not None:
        return fast
    values = look_up(inputs, table)
    states: list[State] = []
    mask = mask_from_lengths(lengths, values.size(1), values.device)
    for layer in range(cell.num_layers):
        if layer:
            values = functional.dropout(values, cell.dropout, cell.training)
        outputs, end = cell.run_direction(f"l{layer}", values, lengths, mask)
        states.append(end)
        if cell.bidirectional:
            mirrored = reverse_within_length(values, lengths)
            backward, end = cell.run_direction(f"l{layer}_reverse", mirrored, lengths, mask)
            outputs = torch.cat([outputs, reverse_within_length(backward, lengths)], dim=-1)
            states.append(end)
        values = outputs
    state = tuple(torch.stack(tensors) for tensors in zip(*states, strict=True))
    return values.masked_fill(~mask.unsqueeze(-1), 0.0), state


PACKINGS: dict[str, Callable[[Cell, Tensor, Tensor, Tensor | None], tuple[Tensor, State]]] = {
    "packed": packed,
    "padded": padded,
    "padded_exact": padded_exact,
}
"""Name -> function: a cell, inputs (B,S,C) or tokens (B,S), lengths (B,) on the CPU, the table (V,C) of the tokens or
None -> values (B,S,H x D) and the last state (layers x D,B,H)."""
