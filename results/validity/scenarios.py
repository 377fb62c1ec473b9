"""Simulated studies whose truth is known, on which the rule for verdicts is tested.

A study has four arms; three are compared with the first. In every scenario the runs of a seed share a fraction of their
noise, as real runs share their data. An effect is on the second arm alone. In some scenarios the study has a second
level, at which all arms are equal and few comparisons or none are testable. In some, runs that are solved end early.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.statistics import Sample

ARMS = ("baseline", "changed", "equal", "equal_too")
BUDGET = 1000
"""The steps of a full run."""
_EVERY = 25
"""Steps between two evaluations."""
STEP_RATIO = 0.7
"""The true time of a training step of every other arm over that of the baseline, where steps are timed."""
_SHARED = 0.3
"""The fraction of the variance of a run's noise that all arms of a seed share."""
Array = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Scenario:
    """A distribution of runs: noise (arms, seeds), standard normal, and effects (arms, 1) -> metrics (arms, seeds)."""

    name: str
    primary: str
    draw: Callable[[Array, Array], Array]
    effects: Sequence[float]
    """The effects that are simulated, besides none."""
    second_level: Callable[[Array, Array], Array] | None = None
    """The distribution of the runs at a second level, on which the effect does not act."""
    budgets: Sequence[int] = ()
    """The steps of a full run at each level, if runs end once two evaluations in a row are at 99%. Without budgets, all
    runs take `BUDGET` steps."""
    rounds: int = 0
    """The rounds in which a training step of every arm is timed; 0 if none is."""


def _normal(noise: Array, effect: Array) -> Array:
    return 0.8 + 0.02 * (noise + effect)


def _skewed(noise: Array, effect: Array) -> Array:
    return 1 - 0.05 * np.exp(0.8 * (noise - effect))


def _ceiling(noise: Array, effect: Array) -> Array:
    return np.minimum(1.0, 0.995 + 0.01 * (noise + effect))


def _bimodal(noise: Array, effect: Array) -> Array:
    return np.where(noise + effect > 0, 0.99, 0.6) + 0.005 * np.tanh(noise)


def _nearly_all_at_1(noise: Array, effect: Array) -> Array:
    return np.minimum(1.0, 1.015 + 0.01 * (noise + effect))


def _solved_or_not(noise: Array, effect: Array) -> Array:
    """Two in three runs end between 99% and 100%, since they are solved, and the others below 95%."""
    own = np.tanh(noise)
    return np.where(noise + effect > -0.4, 0.995 + 0.005 * own, 0.9 + 0.05 * own)


def _steps(noise: Array, effect: Array, median: float, budget: int = BUDGET) -> Array:
    steps = np.ceil(median * effect * np.exp(0.25 * noise) / _EVERY) * _EVERY
    return np.where(steps <= budget, steps, math.inf)


def _all_reach(noise: Array, effect: Array) -> Array:
    """All runs reach 99% within 1,000 steps without an effect, and none does with an effect of 8."""
    return _steps(noise, effect, 300.0)


def _a_third_reaches(noise: Array, effect: Array) -> Array:
    """Within 4,000 steps."""
    return _steps(noise, effect, 4400.0, 4000)


def _never_reached(noise: Array, effect: Array) -> Array:
    """No run reaches 99% without an effect; half of the runs do with an effect of 0.25."""
    return _steps(noise, effect, 4000.0)


SCENARIOS = (
    Scenario("normal", "levenshtein_accuracy", _normal, (0.5, 1.0, 2.0)),
    Scenario("skewed", "levenshtein_accuracy", _skewed, (1.0, 2.0)),
    Scenario("ceiling", "levenshtein_accuracy", _ceiling, (-1.0, -2.0)),
    Scenario("bimodal", "levenshtein_accuracy", _bimodal, (1.0, 2.0)),
    Scenario("steps", "steps_to_99", lambda noise, effect: _steps(noise, effect, 300.0), (0.9, 0.75, 0.5)),
    Scenario("a third censored", "steps_to_99", lambda noise, effect: _steps(noise, effect, 900.0), (0.75, 0.5)),
    Scenario("nine in ten censored", "steps_to_99", lambda noise, effect: _steps(noise, effect, 1375.0), (0.75, 0.5)),
    Scenario("nearly all at 1", "levenshtein_accuracy", _nearly_all_at_1, (-2.0, -4.0)),
    Scenario("never reached", "steps_to_99", _never_reached, (0.25, 0.15)),
    Scenario("normal, half nearly all at 1", "levenshtein_accuracy", _normal, (1.0, 2.0), _nearly_all_at_1),
    Scenario(
        "steps, half never reached",
        "steps_to_99",
        lambda noise, effect: _steps(noise, effect, 300.0),
        (0.9, 0.75, 0.5),
        _never_reached,
    ),
    Scenario(
        "steps, solved runs stop", "steps_to_99", _all_reach, (0.75, 0.5, 8.0), _a_third_reaches, budgets=(1000, 4000)
    ),
    Scenario(
        "a third reaches, solved runs stop", "steps_to_99", _a_third_reaches, (0.75, 0.5), _all_reach, (4000, 1000)
    ),
    Scenario("accuracy, solved runs stop", "levenshtein_accuracy", _solved_or_not, (-1.0, -2.0), budgets=(1000,)),
    Scenario("time to 99%, 10 rounds", "steps_to_99", _all_reach, (), rounds=10),
    Scenario("time to 99%, 50 rounds", "steps_to_99", _all_reach, (), rounds=50),
)
"""Effects on accuracies are in standard deviations of a run's noise; those on steps are ratios."""


def no_effect(scenario: Scenario) -> float:
    return 1.0 if scenario.primary == "steps_to_99" else 0.0


def settings_of(scenario: Scenario, seeds: int) -> dict[str, Any]:
    """The settings that the provenance of such a study has."""
    at_levels = [
        {
            "levels": {"level": level} if scenario.second_level else {},
            "epochs": budget // _EVERY,
            "steps_per_epoch": _EVERY,
            "stop_at": 0.99,
        }
        for level, budget in enumerate(scenario.budgets, 1)
    ]
    return {
        "baseline": ARMS[0],
        "arms": list(ARMS),
        "factors": {"level": [1, 2]} if scenario.second_level else {},
        "primary": scenario.primary,
        "seeds": list(range(seeds)),
        **({"at_levels": at_levels} if at_levels else {}),
    }


def draw_runs(scenario: Scenario, effect: float, seeds: int, generator: np.random.Generator) -> pd.DataFrame:
    """The rows of runs.csv that the rule reads."""
    first = _draw_level(scenario, 0, effect, seeds, generator)
    if scenario.second_level is None:
        return first
    second = _draw_level(scenario, 1, no_effect(scenario), seeds, generator)
    both = pd.concat([first.assign(level=1), second.assign(level=2)], ignore_index=True)
    both["run_id"] += both["level"].map("-{}".format)
    return both[["run_id", "arm", "level", *first.columns.drop(["run_id", "arm"])]]


def draw_step_times(scenario: Scenario, generator: np.random.Generator) -> Array:
    """(arms, rounds): the seconds of a training step of every arm; a round has noise of 10%, more in one of ten."""
    shape = len(ARMS), scenario.rounds
    spread = np.where(generator.random(shape) < 0.1, 0.3, 0.1)
    seconds: Array = np.exp(spread * generator.standard_normal(shape))
    seconds[1:] *= STEP_RATIO
    return seconds


def _draw_level(
    scenario: Scenario, level: int, effect: float, seeds: int, generator: np.random.Generator
) -> pd.DataFrame:
    own, shared = generator.standard_normal((len(ARMS), seeds)), generator.standard_normal((1, seeds))
    noise = math.sqrt(1 - _SHARED) * own + math.sqrt(_SHARED) * shared
    none = no_effect(scenario)
    effects = np.array([[none], [effect], [none], [none]])
    draw = (scenario.second_level if level else None) or scenario.draw
    metrics = draw(noise, effects).ravel()
    steps = scenario.primary == "steps_to_99"
    return pd.DataFrame(
        {
            "run_id": [f"{arm}-{seed}" for arm in ARMS for seed in range(seeds)],
            "arm": np.repeat(ARMS, seeds),
            "seed": np.tile(np.arange(seeds), len(ARMS)),
            "status": "done",
            "steps": _steps_taken(scenario, level, metrics),
            "levenshtein_accuracy": np.nan if steps else metrics,
            "steps_to_99": np.where(np.isfinite(metrics), metrics, np.nan) if steps else np.nan,
            "anti_diagonal": np.nan,
        }
    )


def _steps_taken(scenario: Scenario, level: int, metrics: Sample) -> Sample | int:
    """Runs that are solved end one evaluation after they reach 99%, or where only the accuracy is drawn, half-way."""
    if not scenario.budgets:
        return BUDGET
    budget = scenario.budgets[level]
    steps = metrics + _EVERY if scenario.primary == "steps_to_99" else np.where(metrics >= 0.99, budget / 2, budget)
    taken: Sample = np.minimum(steps, budget)
    return taken
