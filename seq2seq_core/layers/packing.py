"""The three ways to run a recurrence over sequences of unequal length.

packed        torch's packed sequences: padding is never read. The reference.
padded        the recurrence over the padded tensor as it stands. It reads the padding: the last state, and every value
              of a backward direction, belong to another function. Offered because codebases do it, and reported as
              another model.
padded_exact  the values and the last state of `packed`, computed on padded tensors: each sequence is reversed within
              its own length for the backward direction, and the state is taken where the sequence ends. A GRU on the
              CPU, for which torch has no fused kernel, takes a loop of our own, which computes no padding either.

All three use the weights of one torch module, so a checkpoint fits each of them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seq2seq_core.kernels.gru import run_gru
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.token_embeddings import TokenEmbeddings, dense
from seq2seq_core.layers.cells import State, run_cell, weights_of
from seq2seq_core.padding import mask_from_lengths, reverse_within_length

HOLD = 1e4
"""A gate's input at which its sigmoid is 0 or 1 exactly, in float32 and float64."""


def packed(cell: nn.RNNBase, inputs: TokenEmbeddings | Tensor, lengths: Tensor) -> tuple[Tensor, State]:
    sequence = pack_padded_sequence(dense(inputs), lengths, batch_first=True, enforce_sorted=False)
    outputs, state = run_cell(cell, sequence)
    values, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.shape[1])
    return values, state


def padded(cell: nn.RNNBase, inputs: TokenEmbeddings | Tensor, lengths: Tensor) -> tuple[Tensor, State]:
    return run_cell(cell, dense(inputs))


def padded_exact(cell: nn.RNNBase, inputs: TokenEmbeddings | Tensor, lengths: Tensor) -> tuple[Tensor, State]:
    if isinstance(cell, nn.GRU) and inputs.device.type == "cpu":
        outputs, last = run_gru(cell, inputs, PackedLayout.of(inputs.shape, lengths), None)
        return outputs, (last,)
    values = dense(inputs)
    states: list[State] = []
    mask = mask_from_lengths(lengths, values.size(1), values.device)
    for layer in range(cell.num_layers):
        if layer:
            values = nn.functional.dropout(values, cell.dropout, cell.training)
        outputs, end = _one_way(cell, f"l{layer}", values, lengths, mask)
        states.append(end)
        if cell.bidirectional:
            mirrored = reverse_within_length(values, lengths)
            backward, end = _one_way(cell, f"l{layer}_reverse", mirrored, lengths, mask)
            outputs = torch.cat([outputs, reverse_within_length(backward, lengths)], dim=-1)
            states.append(end)
        values = outputs
    state = tuple(torch.stack(parts) for parts in zip(*states, strict=True))
    return values.masked_fill(~mask.unsqueeze(-1), 0.0), state


PACKINGS: dict[str, Callable[[nn.RNNBase, TokenEmbeddings | Tensor, Tensor], tuple[Tensor, State]]] = {
    "packed": packed,
    "padded": padded,
    "padded_exact": padded_exact,
}
"""Each: cell, inputs (B,S,C), lengths (B,) on the CPU -> values (B,S,H x directions) and the last state."""


def _one_way(cell: nn.RNNBase, part: str, inputs: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, State]:
    """One layer in one direction -> outputs (B,S,H) and, for each row, the state (B,H) where its sequence ends."""
    weights = weights_of(cell, part)
    start = inputs.new_zeros(1, inputs.size(0), cell.hidden_size)
    # In torch's order: biases, layers, dropout, training, bidirectional, batch first.
    settings = (True, 1, 0.0, cell.training, False, True)
    if isinstance(cell, nn.LSTM):
        # The outputs hold h at every step, but c is known only after the last one. So padding is made to hold c: one
        # more input, 1 at padding, opens the forget gate and shuts the input gate entirely (torch's order: i, f, g, o).
        inputs = torch.cat([inputs, (~mask).unsqueeze(-1).to(inputs.dtype)], dim=-1)
        hold = inputs.new_tensor([-HOLD, HOLD, 0.0, 0.0]).repeat_interleave(cell.hidden_size)
        weights[0] = torch.cat([weights[0], hold.unsqueeze(1)], dim=1)
        outputs, _, memory = torch.lstm(inputs, (start, start), weights, *settings)
        carried: State = (memory.squeeze(0),)
    else:
        kernel = torch.gru if isinstance(cell, nn.GRU) else torch.rnn_tanh
        outputs, _ = kernel(inputs, start, weights, *settings)
        carried = ()
    ends = (lengths.to(inputs.device, non_blocking=True) - 1).view(-1, 1, 1).expand(-1, 1, cell.hidden_size)
    return outputs, (outputs.gather(1, ends).squeeze(1), *carried)
