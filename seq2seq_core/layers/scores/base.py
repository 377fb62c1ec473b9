"""The interface of an attention score, and the registry `SCORES`.

A score says how well a query fits a key. It is one class in a file of this folder. Naming it in its class line enters
it in `SCORES`, and from there it reaches config validation, the benchmarks, the studies and the conformance tests
without another edit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from seq2seq_core.layers.fast_path import AlignmentTerms, EnergyTerms
from seq2seq_core.registry import Registry


class Score(nn.Module, ABC):
    """A function of query and key, split so that what depends only on the source is computed once per sequence.

    Before a training, matrices are set to random values and vectors to zero, whatever the constructor sets. A score
    that starts with other values sets them in a method `initial_values(generator)`; see `seeding.initialise`.
    """

    same_size: ClassVar[bool] = False
    """Whether query and values must have one size (Q = C): true for a score that compares them without a projection."""
    compares_values: ClassVar[bool] = True
    """Whether the energies depend on the values: false for a score whose keys have no channels (K = 0)."""

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A kernel of the base class does not compute the energies that a derived class, or a mixin, defines.
        if _place(cls, "energies") < _place(cls, "energy_terms"):
            cls.energy_terms = Score.energy_terms  # type: ignore[method-assign]
        moved = min(_place(cls, "energies_from_previous"), _place(cls, "moved_energies"))
        if moved < _place(cls, "alignment_terms"):
            cls.alignment_terms = UsesPreviousAlignment.alignment_terms  # type: ignore[attr-defined]
        if name:
            SCORES.add(name, cls)

    @abstractmethod
    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        """Q, C, and K for a score that projects query and key to a size of their own."""
        super().__init__()

    @abstractmethod
    def project_keys(self, values: Tensor) -> Tensor:
        """values (B,S,C) -> keys (B,S,K), once per sequence."""

    @abstractmethod
    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """query (B,T,Q), keys (B,S,K) -> energies (B,T,S), before masking and softmax."""

    def energy_terms(self) -> EnergyTerms | None:
        """W (K,Q), b (K,) or None, and v (K,) if the energies are v . tanh(W q + b + k), up to a constant that softmax
        ignores; three times None if they are q . k; None for any other score. `fast_path.attend_first` and
        `fast_path.energies_step` need them."""
        return None


def _place(cls: type, name: str) -> int:
    """The place in the order of inheritance of the first class that defines a method; behind all without one."""
    return next((place for place, one in enumerate(cls.__mro__) if name in vars(one)), len(cls.__mro__))


SCORES: Registry[Score] = Registry("score", Score)


class DotProductScore(Score, ABC):
    """e = q . k, with keys of the query's size (K = Q)."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        return query @ keys.mT

    def energy_terms(self) -> tuple[None, None, None]:
        return None, None, None


class UsesPreviousAlignment(Score, ABC):
    """A score that also depends on the alignment of the step before, so that steps run one after another."""

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """The energies of the first step, for sequences without padding."""
        mask = torch.ones(keys.shape[:2], dtype=torch.bool, device=keys.device)
        return self.energies_from_previous(query, keys, self.first_alignment(keys, mask), mask)

    def first_alignment(self, keys: Tensor, mask: Tensor) -> Tensor:
        """keys (B,S,K), mask (B,S) -> the alignment before the first step (B,1,S), zero at padding. Default: zeros."""
        return keys.new_zeros(keys.size(0), 1, keys.size(1))

    @abstractmethod
    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        """query (B,1,Q), keys (B,S,K), the attention weights of the step before (B,1,S), mask (B,S) -> energies
        (B,1,S), which may be anything at padding."""

    def alignment_terms(self, keys: Tensor) -> AlignmentTerms | None:
        """keys (B,S,K) -> the kernel that computes these energies, up to what softmax ignores, and its terms, or None
        where there is no kernel."""
        return None
