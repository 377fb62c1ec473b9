"""Every attention score, side by side.

A score says how well a query fits a key. It is one class here: naming it in its class line enters it in `SCORES`, and
from there it reaches config validation, the benchmarks, the studies and the conformance tests without another edit.

Shape letters: B batch, S source, T target (1 for a single step), H values' channels, K keys' channels, Q query's
channels.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

SCORES: dict[str, type[Score]] = {}


class Score(nn.Module, ABC):
    """A function of query and key, split so that what depends on the source alone is computed once a sequence."""

    same_size: ClassVar[bool] = False
    """Whether query and values must have one size (Q = H): true for a score that compares them directly."""

    def __init_subclass__(cls, *, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        SCORES[name] = cls

    @abstractmethod
    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        """Q, H and, for a score with a space of its own to compare in, K."""
        super().__init__()

    @abstractmethod
    def project_keys(self, values: Tensor) -> Tensor:
        """values (B,S,H) -> keys (B,S,K), once a sequence."""

    @abstractmethod
    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """query (B,T,Q), keys (B,S,K) -> energies (B,T,S), before masking and softmax."""


class Dot(Score, name="dot"):
    """e = q . h (Luong et al. 2015, equation 8, "dot")."""

    same_size = True

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values: Tensor) -> Tensor:
        return values

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return query @ keys.mT


class ScaledDot(Score, name="scaled_dot"):
    """e = q . h / sqrt(H) (Vaswani et al. 2017, equation 1)."""

    same_size = True

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)

    def project_keys(self, values: Tensor) -> Tensor:
        return values / math.sqrt(values.size(-1))

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return query @ keys.mT


class General(Score, name="general"):
    """e = q . W h (Luong et al. 2015, equation 8, "general")."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.key = nn.Linear(value_size, query_size, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return query @ keys.mT


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


class Additive(Score, name="additive"):
    """e = v . tanh(W q + U h) (Bahdanau et al. 2015, appendix A.1.2)."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, key_size, bias=False)
        self.key = nn.Linear(value_size, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        hidden = torch.tanh(self.query(query).unsqueeze(2) + keys.unsqueeze(1))  # (B,T,S,K)
        energies: Tensor = self.energy(hidden)
        return energies.squeeze(-1)
