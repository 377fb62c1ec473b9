"""The bridges: from the encoder's last state to the decoder's first."""

from __future__ import annotations

import torch
from torch import nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS, State


class Bridges(nn.ModuleList):
    """last (two directions: their sum), projected (one projection for each tensor of the state), or zero."""

    def __init__(self, config: ModelConfig) -> None:
        state_tensors = 2 if CELLS[config.cell].memory_cell else 1
        super().__init__(
            nn.Linear(config.directions * config.hidden_size, config.hidden_size)
            for _ in range(state_tensors if config.bridge == "projected" else 0)
        )
        self.kind = config.bridge
        self.directions = config.directions

    def forward(self, state: State) -> State:
        """(layers x D,B,H) each, the directions alternating as in torch -> (layers,B,H) each."""
        layers = [tensor.view(-1, self.directions, *tensor.shape[1:]) for tensor in state]  # (layers,D,B,H)
        if self.kind == "projected":
            joined = [tensor.transpose(1, 2).flatten(2) for tensor in layers]  # (layers,B,H x D)
            h, *c = (projection(tensor) for projection, tensor in zip(self, joined, strict=True))
            return (torch.tanh(h), *c)  # the h of a cell is between -1 and 1, its c need not be
        summed = tuple(tensor.sum(dim=1) for tensor in layers)
        return summed if self.kind == "last" else tuple(torch.zeros_like(tensor) for tensor in summed)
