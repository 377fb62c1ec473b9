"""Scores that add query and key inside a tanh."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from seq2seq_core.kernels.tiled_energies import Formula, additive_energies
from seq2seq_core.layers.scores.base import Score


class Concat(Score, name="concat"):
    """e = v . tanh(W [q; h]) (Luong et al. 2015, equation 8, "concat"), computed as it is written.

    The concatenation needs both sides, so nothing can be projected ahead. As a function it is `additive`; what differs
    is the cost, and that is why both are here.
    """

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.hidden = nn.Linear(query_size + value_size, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        return values

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        steps, positions = query.size(1), keys.size(1)
        pairs = torch.cat(
            [
                query.unsqueeze(2).expand(-1, -1, positions, -1),  # (B,T,S,Q)
                keys.unsqueeze(1).expand(-1, steps, -1, -1),  # (B,T,S,H)
            ],
            dim=-1,
        )
        energies: Tensor = self.energy(torch.tanh(self.hidden(pairs)))
        return energies.squeeze(-1)


class AdditiveScore(Score, ABC):
    """e = v . tanh(W q + U h), perhaps with a bias to W.

    Loops of our own go by `query`, keys and `vector` alone: beyond them `energies` may add only what a softmax is
    blind to.
    """

    def __init__(self, query_size: int, value_size: int, key_size: int, *, bias: bool = False) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, key_size, bias=bias)
        self.key = nn.Linear(value_size, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)
        self.formula: Formula = additive_energies
        """How energies are computed where many queries are known"""

    @abstractmethod
    def vector(self) -> Tensor:
        """v, (K,)"""

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return self.formula(self.query(query), keys, self.vector())


class Additive(AdditiveScore, name="additive"):
    """e = v . tanh(W q + U h) (Bahdanau et al. 2015, appendix A.1.2)."""

    def vector(self) -> Tensor:
        return self.energy.weight[0]


class AdditiveNormalised(AdditiveScore, name="additive_normalised"):
    """e = g v/|v| . tanh(W q + U h + b) + r, with a gain g and an offset r (Raffel et al. 2017, "Online and Linear-Time
    Attention by Enforcing Monotonic Alignments", section 2.4).

    There r moves a sigmoid of each energy. A softmax is blind to it: it is part of the formula, and learns nothing.
    """

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size, bias=True)
        # Every vector starts at zeros here, and g at 1/sqrt(K): what is learnt is how far it has gone from there.
        self.first_gain = 1 / math.sqrt(key_size)
        self.gained = nn.Parameter(torch.zeros(1))
        self.offset = nn.Parameter(torch.zeros(1))

    def vector(self) -> Tensor:
        return nn.functional.normalize(self.energy.weight[0], dim=0) * (self.first_gain + self.gained)

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return super().energies(query, keys) + self.offset
