"""Scores that add the projected query and key inside a tanh."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from seq2seq_core.layers import fast_path
from seq2seq_core.layers.linear import Linear
from seq2seq_core.layers.scores.base import Score


def tanh_energies(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
    """query (B,T,K), keys (B,S,K), vector (K,) -> v . tanh(q + k) (B,T,S)."""
    return torch.tanh(query.unsqueeze(2) + keys.unsqueeze(1)) @ vector  # (B,T,S,K) @ (K,)


class Concat(Score, name="concat"):
    """e = v . tanh(W [q; h]) (Luong et al. 2015, equation 8, "concat"), computed as the paper writes it.

    The concatenation needs query and value, so no key can be projected beforehand. The function is that of `additive`;
    the cost differs, and studies and benchmarks compare it.
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
    """e = v . tanh(W q + U h + b), with or without b. A subclass that adds to `energies` only what softmax ignores
    keeps `energy_terms` by naming it."""

    def __init__(self, query_size: int, value_size: int, key_size: int, *, bias: bool = False) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = Linear(query_size, key_size, bias=bias)
        self.key = Linear(value_size, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)
        self.compiled = False
        """Whether torch.compile runs the formula of the energies"""

    @abstractmethod
    def vector(self) -> Tensor:
        """v, (K,)"""

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        terms = self.query(query), keys, self.vector()
        fast = fast_path.additive_energies(tanh_energies, *terms, compiled=self.compiled)
        return tanh_energies(*terms) if fast is None else fast

    def energy_terms(self) -> tuple[Tensor, Tensor | None, Tensor]:
        return self.query.weight, self.query.bias, self.vector()


class Additive(AdditiveScore, name="additive"):
    """e = v . tanh(W q + U h) (Bahdanau et al. 2015, appendix A.1.2)."""

    def vector(self) -> Tensor:
        return self.energy.weight[0]


class AdditiveNormalised(AdditiveScore, name="additive_normalised"):
    """e = g v/|v| . tanh(W q + U h + b) + r, with a gain g and an offset r (Raffel et al. 2017, "Online and Linear-Time
    Attention by Enforcing Monotonic Alignments", section 2.4).

    In the paper r shifts a sigmoid of each energy. Softmax ignores it, so here it learns nothing.
    """

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size, bias=True)
        # One-dimensional parameters start at zero (`seeding.initialise`) and g starts at 1/sqrt(K), so the parameter is
        # the change of g since then.
        self.first_gain = 1 / math.sqrt(key_size)
        self.gained = nn.Parameter(torch.zeros(1))
        self.offset = nn.Parameter(torch.zeros(1))

    def vector(self) -> Tensor:
        return nn.functional.normalize(self.energy.weight[0], dim=0) * (self.first_gain + self.gained)

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return super().energies(query, keys) + self.offset

    energy_terms = AdditiveScore.energy_terms
