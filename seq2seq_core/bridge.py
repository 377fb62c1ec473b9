"""The bridge: from the encoder's last state to the decoder's first."""

from __future__ import annotations

import torch
from torch import nn

from seq2seq_core.cells import State
from seq2seq_core.config import ModelConfig
from seq2seq_core.directions import side_by_side


class Bridge(nn.Module):
    """last, projected or zero; each tensor of the state, an LSTM's c too, has a projection of its own."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.kind = config.bridge
        self.directions = config.directions
        tensors = 2 if config.cell == "lstm" else 1
        size = config.hidden_size
        self.projections = nn.ModuleList(
            nn.Linear(self.directions * size, size) for _ in range(tensors if self.kind == "projected" else 0)
        )

    def forward(self, state: State) -> State:
        """(layers x directions, B, H) each -> (layers, B, H) each."""
        if self.kind == "projected":
            wide = [side_by_side(part, self.directions) for part in state]
            h, *c = (projection(part) for projection, part in zip(self.projections, wide, strict=True))
            return (torch.tanh(h), *c)  # h is between -1 and 1, as the cell's own; c is not
        summed = tuple(part.view(-1, self.directions, *part.shape[1:]).sum(dim=1) for part in state)
        return summed if self.kind == "last" else tuple(torch.zeros_like(part) for part in summed)
