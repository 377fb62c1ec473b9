"""How much is measured: smoke shows that everything runs, quick answers on two cores, full answers as well as this can.

Lengths are in tokens. The scores' whole targets stop at 200: `concat` makes a (B,T,S,Q+H) tensor, over a gigabyte with
its gradients at that length.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchmarks.paired import Limits


@dataclass(frozen=True, kw_only=True)
class Profile:
    encoder_lengths: tuple[int, ...]
    step_lengths: tuple[int, ...]
    """Source lengths at which a score is computed for one step."""
    target_lengths: tuple[int, ...]
    """Source lengths at which a score is computed for a whole target of the same length."""
    training_lengths: tuple[tuple[int, int], ...]
    """Ranges of lengths that a training batch is drawn from, both ends included."""
    limits: Limits
    """The rounds of one case."""


PROFILES = {
    "smoke": Profile(
        encoder_lengths=(10, 50),
        step_lengths=(10, 50),
        target_lengths=(10, 50),
        training_lengths=((5, 14),),
        limits=Limits(budget_seconds=0.15, least=7, most=50),
    ),
    "quick": Profile(
        encoder_lengths=(10, 25, 50, 100, 200),
        step_lengths=(10, 25, 50, 100, 200),
        target_lengths=(10, 25, 50, 100, 200),
        training_lengths=((5, 14), (30, 59), (100, 199)),
        limits=Limits(budget_seconds=0.6, least=10, most=100),
    ),
    "full": Profile(
        encoder_lengths=(10, 25, 50, 100, 200, 500, 1000),
        step_lengths=(10, 25, 50, 100, 200, 500, 1000),
        target_lengths=(10, 25, 50, 100, 200),
        training_lengths=((5, 14), (30, 59), (100, 199), (200, 399)),
        limits=Limits(budget_seconds=10.0, least=20, most=1000),
    ),
}


def profile_of(config: pytest.Config) -> Profile:
    """The profile that --profile names."""
    return PROFILES[config.getoption("profile")]
