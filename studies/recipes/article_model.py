"""The errors (slips) of the article's code that are in the network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import RunCell
from seq2seq_core.layers.scores import Score
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Advanced, Carry, Decoder


class StuckDecoder(Decoder):
    """A decoder whose state never advances: its steps differ only in the token that is fed."""

    @property
    def stepwise(self) -> bool:
        return True

    def advance(self, inputs: Tensor, carry: Carry, memory: Memory | None, run: RunCell | None = None) -> Advanced:
        features, weights, _ = super().advance(inputs, carry, memory, run)
        return features, weights, carry


class SlotAdditive(Score):
    """e = v_b . tanh(W q + U h) with a vector for each row b of the batch: the batch size is part of the model.

    In a larger batch the vectors repeat. The article's code does not initialise v; here it is
    initialised like a weight.
    """

    def __init__(self, config: ModelConfig, slots: int) -> None:
        size = config.hidden_size
        super().__init__(size, config.value_size, size)
        self.query = nn.Linear(size, size, bias=False)
        self.key = nn.Linear(config.value_size, size, bias=False)
        self.slots = nn.Parameter(torch.empty(slots, size))

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        hidden = torch.tanh(self.query(query).unsqueeze(2) + keys.unsqueeze(1))  # (B,T,S,K)
        slot = torch.arange(keys.size(0), device=keys.device) % self.slots.size(0)
        return (hidden @ self.slots[slot].view(-1, 1, hidden.size(-1), 1)).squeeze(-1)
