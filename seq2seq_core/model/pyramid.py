"""The pyramid of "Listen, Attend and Spell" (Chan et al. 2016, section 3.1): each layer has half as many positions as
the one below it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ModelConfig
from seq2seq_core.kernels.token_embeddings import TokenEmbeddings, dense
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.model.directions import merged
from seq2seq_core.padding import mask_from_lengths


class Pyramid(nn.Module):
    """Recurrent layers, each a cell of its own, with a halving of the time axis between one and the next."""

    def __init__(self, config: ModelConfig, how: str, input_size: int) -> None:
        super().__init__()
        self._config = config
        self._how = how
        above = config.value_size * (2 if how == "concat" else 1)
        self.cells = nn.ModuleList(
            config.make_cell(size, layers=1, bidirectional=config.bidirectional)
            for size in [input_size, *[above] * (config.layers - 1)]
        )

    def forward(self, inputs: TokenEmbeddings | Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, State]:
        """inputs (B,S,C), lengths (B,) on the CPU -> values (B,S',H or 2 H), their lengths, and the last states of all
        layers (layers x directions, B, H)."""
        config = self._config
        states: list[State] = []
        for number, cell in enumerate(self.cells):
            assert isinstance(cell, nn.RNNBase)
            if number:
                inputs = functional.dropout(dense(inputs), config.dropout, self.training)
                inputs, lengths = halve(inputs, lengths, self._how)
            outputs, state = PACKINGS[config.packing](cell, inputs, lengths)
            inputs = merged(outputs, config)
            states.append(state)
        return dense(inputs), lengths, tuple(torch.cat(parts) for parts in zip(*states, strict=True))


def halve(values: Tensor, lengths: Tensor, how: str) -> tuple[Tensor, Tensor]:
    """values (B,S,C), lengths (B,) on the CPU -> values (B,S/2,C or 2 C) and their lengths, both rounded up.

    A pair of positions becomes their average, the first of them (drop), or both side by side (concat). The last
    position of an odd length has no partner: it is its own average, and has zeros beside it.
    """
    values = functional.pad(values, (0, 0, 0, values.size(1) % 2))
    mask = mask_from_lengths(lengths, values.size(1), values.device).unsqueeze(-1)
    batch, positions, channels = values.shape
    pairs = values.masked_fill(~mask, 0.0).view(batch, positions // 2, 2, channels)
    halved = (lengths + 1) // 2
    if how == "drop":
        return pairs[:, :, 0], halved
    if how == "concat":
        return pairs.flatten(2), halved
    real = mask.view(batch, positions // 2, 2, 1).sum(dim=2)  # (B,S/2,1)
    return pairs.sum(dim=2) / real.clamp(min=1), halved
