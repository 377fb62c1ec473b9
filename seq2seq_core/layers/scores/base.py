"""What an attention score is.

A score says how well a query fits a key. It is one class in a file of this folder: naming it in its class line enters
it in `SCORES`, and from there it reaches config validation, the benchmarks, the studies and the conformance tests
without another edit.

Shape letters: B batch, S source, T target (1 for a single step), H values' channels, K keys' channels, Q query's
channels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from torch import Tensor, nn

SCORES: dict[str, type[Score]] = {}


class Score(nn.Module, ABC):
    """A function of query and key, split so that what depends on the source alone is computed once a sequence."""

    same_size: ClassVar[bool] = False
    """Whether query and values must have one size (Q = H): true for a score that compares them directly."""

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name:
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


class DotProductScore(Score, ABC):
    """A score that multiplies the query as it is with keys of its size: e = q . k. Loops of our own rely on it."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return query @ keys.mT


class UsesPreviousAlignment(Score, ABC):
    """A score that also sees where the step before looked, so that steps cannot be taken at once."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """Those of the first step, before which nothing was looked at: an alignment of zeros."""
        return self.energies_from_previous(query, keys, query.new_zeros(keys.size(0), 1, keys.size(1)))

    @abstractmethod
    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor) -> Tensor:
        """query (B,1,Q), keys (B,S,K), the attention weights of the step before (B,1,S) -> energies (B,1,S)."""
