"""Slips in the network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.kernels.gru_cell import TokenGates
from seq2seq_core.layers.attention import Memory
from seq2seq_core.layers.scores import Score
from seq2seq_core.model.decoder import Carry, Decoder


class StuckDecoder(Decoder):
    """A decoder whose state never advances: all that differs between its steps is the token that is fed."""

    @property
    def stepwise(self) -> bool:
        return True

    def advance(
        self, embedded: Tensor | TokenGates, carry: Carry, memory: Memory | None
    ) -> tuple[Tensor, Tensor | None, Carry]:
        features, weights, _ = super().advance(embedded, carry, memory)
        return features, weights, carry


class SlotAdditive(Score):
    """e = v_b . tanh(W q + U h) with a vector for each slot b of the batch: the batch size is part of the model.

    Scored in other batches, the rows take the slots in turn, as in batches of the size that was trained. The article's
    code leaves v as the memory happens to be; here it is drawn like a weight.
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
        taken = torch.arange(keys.size(0), device=keys.device) % self.slots.size(0)
        return (hidden @ self.slots[taken].view(-1, 1, hidden.size(-1), 1)).squeeze(-1)
