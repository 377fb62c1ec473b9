"""Recurrent layers on top of each other with a halving between them, and the merging of two directions.

The pyramid is that of "Listen, Attend and Spell" (Chan et al. 2016, section 3.1): each layer has half as many positions
as the one below it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import Cell, State
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.padding import mask_from_lengths


class Pyramid(nn.Module):
    """One cell for each layer, and a halving of the time axis between one layer and the next."""

    def __init__(self, config: ModelConfig, how: str, input_size: int) -> None:
        super().__init__()
        self._config = config
        self._how = how
        above = config.value_size * (2 if how == "concat" else 1)
        self.cells = nn.ModuleList(
            config.make_cell(size, layers=1, bidirectional=config.bidirectional)
            for size in [input_size, *[above] * (config.layers - 1)]
        )

    def forward(self, inputs: Tensor, lengths: Tensor, table: Tensor | None) -> tuple[Tensor, Tensor, State]:
        """inputs (B,S,E) or tokens (B,S), lengths (B,) on the CPU, the table (V,E) of the tokens or None -> values
        (B,S',C), their lengths, and the last states of all layers (layers x D,B,H)."""
        config = self._config
        states: list[State] = []
        for number, cell in enumerate(self.cells):
            assert isinstance(cell, Cell)
            if number:
                inputs = functional.dropout(inputs, config.dropout, self.training)
                inputs, lengths = halve(inputs, lengths, self._how)
                table = None
            outputs, state = PACKINGS[config.packing](cell, inputs, lengths, table)
            inputs = merge_directions(outputs, config)
            states.append(state)
        return inputs, lengths, tuple(torch.cat(tensors) for tensors in zip(*states, strict=True))


def halve(values: Tensor, lengths: Tensor, how: str) -> tuple[Tensor, Tensor]:
    """values (B,S,C), lengths (B,) on the CPU -> values (B,S/2,C or 2 C) and their lengths, both rounded up.

    Two positions become their average, the first of them (drop), or both side by side (concat). The last position of an
    odd length has no partner: its average is itself, and its concatenation has zeros beside it.
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
    real = mask.view(batch, positions // 2, 2, 1).sum(dim=2)  # (B,S/2,1), how many of the two are real
    return pairs.sum(dim=2) / real.clamp(min=1), halved


def merge_directions(values: Tensor, config: ModelConfig) -> Tensor:
    """values (B,S,H x D) -> (B,S,C): the directions side by side (concat) or summed."""
    if config.merge == "concat":
        return values
    return values[..., : config.hidden_size] + values[..., config.hidden_size :]
