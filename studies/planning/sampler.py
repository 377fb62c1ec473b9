"""What Optuna makes of the trials so far: the settings to try next, and whether a trial is worth its remaining seeds.

Optuna's objects are only asked. They are asked about a study that is built anew from the trials, lives in memory and
is thrown away, so an answer is a pure function of what the trials came to, whoever asks and however often.
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
"""So many are drawn at random before TPE begins, and completed before the median pruner does."""
DIGITS = 4
"""Significant digits of a drawn number. Machines differ in the last bits of a logarithm: if those counted, two workers
could disagree on what to try next."""


@dataclass(frozen=True)
class Past:
    """What a trial came to."""

    settings: tuple[tuple[str, Any], ...]
    outcome: str
    """done, pruned, diverged or failed."""
    values: tuple[float, ...]
    """Of its runs, in the order of their seeds; the last one's as far as it came."""
    epochs: int
    """Behind it, over its runs."""


def propose(search: Search, history: Sequence[Past]) -> dict[str, Any]:
    """The settings of the trial that comes after these."""
    return dict(_proposal(_key(search), tuple(history)))


def should_stop_trial(search: Search, history: Sequence[Past], values: Sequence[float]) -> bool:
    """Whether the Wilcoxon test finds a trial with these values, seed by seed, worse than the best one before it."""
    if search.pruner != "wilcoxon" or len(values) == search.seeds:
        return False
    return _spared(_key(search), tuple(history), tuple(values))


def _key(search: Search) -> str:
    return json.dumps(search.to_dict(), sort_keys=True)


# Answers are remembered, as whoever looks at a chain of trials asks for all of them again.


@cache
def _spared(search: str, history: tuple[Past, ...], values: tuple[float, ...]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        pruner = WilcoxonPruner()
    trial = _remembering(Search.from_dict(json.loads(search)), history, pruner=pruner).ask()
    for seed, value in enumerate(values):
        trial.report(value, seed)
    return trial.should_prune()


@cache
def _proposal(search: str, history: tuple[Past, ...]) -> tuple[tuple[str, Any], ...]:
    looked_for = Search.from_dict(json.loads(search))
    # Drawn by the number alone: every arm begins with the same trials, so that none is luckier in them than another.
    seed = int.from_bytes(hashlib.sha256(f"trial {len(history)}".encode()).digest()[:4])
    samplers: dict[str, BaseSampler] = {
        "tpe": TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS),
        "random": RandomSampler(seed=seed),
    }
    study = _remembering(looked_for, history, sampler=samplers[looked_for.sampler])
    drawn = study.ask(dict(looked_for.space)).params
    return tuple((name, _rounded(value, looked_for.space[name])) for name, value in drawn.items())


def _remembering(
    search: Search, history: Sequence[Past], *, sampler: BaseSampler | None = None, pruner: BasePruner | None = None
) -> Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # or it tells of every study that is made to be asked
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    for past in history:
        study.add_trial(_frozen(past, search))
    return study


def _frozen(past: Past, search: Search) -> FrozenTrial:
    """As Optuna keeps a trial. One that diverged counts as pruned at once: TPE takes that for the worst there is, and
    keeps away, while it learns nothing from one that failed, for which the settings may not be to blame."""
    states = {"done": TrialState.COMPLETE, "failed": TrialState.FAIL}
    by_seed = dict(enumerate(past.values))
    return create_trial(
        state=states.get(past.outcome, TrialState.PRUNED),
        params=dict(past.settings),
        distributions=dict(search.space),
        value=fmean(past.values) if past.outcome == "done" else None,
        intermediate_values={past.epochs: fmean(past.values)} if past.outcome == "pruned" else by_seed,
    )


def _rounded(value: Any, distribution: BaseDistribution) -> Any:
    if not isinstance(distribution, FloatDistribution) or distribution.step is not None:
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), distribution.low), distribution.high)
