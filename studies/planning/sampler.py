"""Which settings to try next, and whether a trial needs its remaining seeds, by Optuna's samplers and pruners.

Optuna is asked about a study in memory that is rebuilt from the results of the trials. So an answer is a pure function
of these results: it does not depend on the process, or on earlier calls.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, WilcoxonPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from studies.design.tuning import Search

STARTUP_TRIALS = 4
"""The number of random trials before TPE starts, and of completed trials before the median pruner does."""
DIGITS = 4
"""Significant digits of a drawn number. Machines may differ in the last bits of a logarithm; without rounding, two
workers could propose different settings."""


@dataclass(frozen=True)
class TrialResult:
    """A finished trial."""

    settings: tuple[tuple[str, Any], ...]
    outcome: str
    """done, pruned, diverged or failed."""
    values: tuple[float, ...]
    """One value per run, in the order of the seeds; that of a pruned run is its latest."""
    epochs: int
    """The number of epochs, summed over its runs."""


def propose(search: Search, history: Sequence[TrialResult]) -> dict[str, Any]:
    """The settings of the trial after those in `history`."""
    return dict(_propose(_to_json(search), tuple(history)))


def should_stop_trial(search: Search, history: Sequence[TrialResult], values: Sequence[float]) -> bool:
    """Whether the Wilcoxon test finds a trial with these values, one per seed, worse than the best earlier trial."""
    if search.pruner != "wilcoxon" or len(values) == search.seeds:
        return False
    return _should_stop(_to_json(search), tuple(history), tuple(values))


def _to_json(search: Search) -> str:
    return json.dumps(search.to_dict(), sort_keys=True)


# The answers are cached, because the trials of a variant are replayed whenever its runs are planned.


@cache
def _should_stop(search: str, history: tuple[TrialResult, ...], values: tuple[float, ...]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        pruner = WilcoxonPruner()
    trial = _study(Search.from_dict(json.loads(search)), history, pruner=pruner).ask()
    for seed, value in enumerate(values):
        trial.report(value, seed)
    return trial.should_prune()


@cache
def _propose(search_json: str, history: tuple[TrialResult, ...]) -> tuple[tuple[str, Any], ...]:
    search = Search.from_dict(json.loads(search_json))
    # Seeded by the number of the trial alone, so that all arms start with the same settings.
    seed = int.from_bytes(hashlib.sha256(f"trial {len(history)}".encode()).digest()[:4])
    samplers: dict[str, BaseSampler] = {
        "tpe": TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS),
        "random": RandomSampler(seed=seed),
    }
    study = _study(search, history, sampler=samplers[search.sampler])
    drawn = study.ask(dict(search.space)).params
    return tuple((name, _rounded(value, search.space[name])) for name, value in drawn.items())


def _study(
    search: Search,
    history: Sequence[TrialResult],
    *,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
) -> Study:
    """A study in memory that holds the earlier trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # otherwise it logs each of these studies
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    for result in history:
        study.add_trial(_frozen_trial(result, search))
    return study


def _frozen_trial(result: TrialResult, search: Search) -> FrozenTrial:
    """A trial as Optuna stores it. A diverged trial counts as pruned: TPE avoids the settings of pruned trials. It
    ignores failed ones, whose settings may not be the cause."""
    states = {"done": TrialState.COMPLETE, "failed": TrialState.FAIL}
    by_seed = dict(enumerate(result.values))
    return create_trial(
        state=states.get(result.outcome, TrialState.PRUNED),
        params=dict(result.settings),
        distributions=dict(search.space),
        value=fmean(result.values) if result.outcome == "done" else None,
        intermediate_values={result.epochs: fmean(result.values)} if result.outcome == "pruned" else by_seed,
    )


def _rounded(value: Any, distribution: BaseDistribution) -> Any:
    if not isinstance(distribution, FloatDistribution) or distribution.step is not None:
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), distribution.low), distribution.high)
