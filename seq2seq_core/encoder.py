"""The encoder: tokens -> embeddings -> recurrence -> values for the attention, and a state for the decoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.cells import State
from seq2seq_core.config import ModelConfig
from seq2seq_core.packings import PACKINGS


class Encoder(nn.Module):
    """Reads the source, in one or two directions, by the configured packing."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        self.cell = config.make_cell(config.embedding_size, layers=config.layers, bidirectional=config.bidirectional)
        self._pack = PACKINGS[config.packing]
        self.bridges = nn.ModuleList()
        """One linear map for each tensor of a two-directional state, which is twice as wide as the decoder's."""
        if config.bidirectional:
            tensors = 2 if config.cell == "lstm" else 1
            self.bridges.extend(nn.Linear(2 * config.hidden_size, config.hidden_size) for _ in range(tensors))

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, State]:
        """source (B,S), lengths (B,) on the CPU -> values (B,S,H or 2 H), the decoder's state, (layers,B,H) each."""
        values, state = self._pack(self.cell, self.embedding(source), lengths)
        if self.bridges:
            state = tuple(bridge(_side_by_side(part)) for bridge, part in zip(self.bridges, state, strict=True))
        return values, state


def _side_by_side(state: Tensor) -> Tensor:
    """(layers x 2, B, H), the directions alternating as torch keeps them -> (layers, B, 2 H)."""
    return torch.cat([state[0::2], state[1::2]], dim=-1)
