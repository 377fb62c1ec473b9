"""Studies whose truth is known, drawn at random: what the rule for a real difference is tried on.

Four arms, three compared with the first. In every scenario the runs of a seed have a part of their luck in common, as
real ones have their data. Where there is an effect, it is the second arm's alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ARMS = ("baseline", "changed", "equal", "equal_too")
HORIZON = 1000
"""The steps that a run has."""
_EVERY = 25
"""Steps between two evaluations."""
_SHARED = 0.3
"""Of the variance of a run's luck, what the seed gives to all arms alike."""
Luck = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Scenario:
    """Runs of one kind: luck (arms,seeds), normal with mean 0 and variance 1, and each arm's effect (arms,1) -> a
    figure each."""

    name: str
    primary: str
    draw: Callable[[Luck, Luck], Luck]
    effects: Sequence[float]
    """Those that are planted, beside none at all."""


def _normal(luck: Luck, effect: Luck) -> Luck:
    return 0.8 + 0.02 * (luck + effect)


def _skewed(luck: Luck, effect: Luck) -> Luck:
    return 1 - 0.05 * np.exp(0.8 * (luck - effect))


def _ceiling(luck: Luck, effect: Luck) -> Luck:
    return np.minimum(1.0, 0.995 + 0.01 * (luck + effect))


def _bimodal(luck: Luck, effect: Luck) -> Luck:
    return np.where(luck + effect > 0, 0.99, 0.6) + 0.005 * np.tanh(luck)


def _steps(luck: Luck, effect: Luck, median: float) -> Luck:
    steps = np.ceil(median * effect * np.exp(0.25 * luck) / _EVERY) * _EVERY
    return np.where(steps <= HORIZON, steps, math.inf)


SCENARIOS = (
    Scenario("normal", "levenshtein_accuracy", _normal, (0.5, 1.0, 2.0)),
    Scenario("skewed", "levenshtein_accuracy", _skewed, (1.0, 2.0)),
    Scenario("ceiling", "levenshtein_accuracy", _ceiling, (-1.0, -2.0)),
    Scenario("bimodal", "levenshtein_accuracy", _bimodal, (1.0, 2.0)),
    Scenario("steps", "steps_to_99", lambda luck, effect: _steps(luck, effect, 300.0), (0.9, 0.75, 0.5)),
    Scenario("a third censored", "steps_to_99", lambda luck, effect: _steps(luck, effect, 900.0), (0.75, 0.5)),
    Scenario("nine in ten censored", "steps_to_99", lambda luck, effect: _steps(luck, effect, 1375.0), (0.75, 0.5)),
)
"""Effects on accuracies are in standard deviations of a run's luck; those on steps are ratios."""


def no_effect(scenario: Scenario) -> float:
    return 1.0 if scenario.primary == "steps_to_99" else 0.0


def settings_of(scenario: Scenario, seeds: int) -> dict[str, Any]:
    """What the provenance of such a study would say."""
    return {
        "baseline": ARMS[0],
        "arms": list(ARMS),
        "factors": {},
        "primary": scenario.primary,
        "seeds": list(range(seeds)),
    }


def draw_runs(scenario: Scenario, effect: float, seeds: int, generator: np.random.Generator) -> pd.DataFrame:
    """The rows of runs.csv that the rule reads."""
    own, shared = generator.standard_normal((len(ARMS), seeds)), generator.standard_normal((1, seeds))
    luck = math.sqrt(1 - _SHARED) * own + math.sqrt(_SHARED) * shared
    none = no_effect(scenario)
    effects = np.array([[none], [effect], [none], [none]])
    figures = scenario.draw(luck, effects).ravel()
    steps = scenario.primary == "steps_to_99"
    return pd.DataFrame(
        {
            "run_id": [f"{arm}-{seed}" for arm in ARMS for seed in range(seeds)],
            "arm": np.repeat(ARMS, seeds),
            "seed": np.tile(np.arange(seeds), len(ARMS)),
            "status": "done",
            "steps": HORIZON,
            "levenshtein_accuracy": np.nan if steps else figures,
            "steps_to_99": np.where(np.isfinite(figures), figures, np.nan) if steps else np.nan,
            "anti_diagonal": np.nan,
        }
    )
