"""The bridges: from the encoder's last state to the decoder's first."""

from __future__ import annotations

import torch
from torch import nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import State


class Bridges(nn.ModuleList):
    """last, projected (a projection for each tensor of the state, an LSTM's c too), or zero."""

    def __init__(self, config: ModelConfig) -> None:
        tensors = (2 if config.cell == "lstm" else 1) if config.bridge == "projected" else 0
        wide = config.directions * config.hidden_size
        super().__init__(nn.Linear(wide, config.hidden_size) for _ in range(tensors))
        self.kind = config.bridge
        self.directions = config.directions

    def forward(self, state: State) -> State:
        """(layers x directions, B, H) each, the directions alternating as torch keeps them -> (layers, B, H) each."""
        layers = [part.view(-1, self.directions, *part.shape[1:]) for part in state]  # (layers, directions, B, H)
        if self.kind == "projected":
            wide = [part.transpose(1, 2).flatten(2) for part in layers]  # (layers, B, H x directions)
            h, *c = (projection(part) for projection, part in zip(self, wide, strict=True))
            return (torch.tanh(h), *c)  # h is between -1 and 1, as the cell's own; c is not
        summed = tuple(part.sum(dim=1) for part in layers)
        return summed if self.kind == "last" else tuple(torch.zeros_like(part) for part in summed)
