"""Whether a tuning run is worth its remaining epochs: one of Optuna's pruners is asked after each of them.

What it is asked about is made anew of the chain's earlier trials, so the answer depends on them and on the run's own
curve alone, and is the same for a run that was cut off and taken up again. A run that is reported is never pruned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from studies.design.setup import Setup
from studies.planning.run import Run
from studies.planning.run_rows import Rows, progress, status_of
from studies.planning.sampler import STARTUP_TRIALS
from studies.planning.trials import Tried, Variant, follow

WITHIN = ("median", "hyperband")
"""The pruners that end a run early."""

Course = tuple[tuple[float, ...], TrialState]
"""What a run's value was after each epoch, as far as it came, and how it ended."""


def prunes(run: Run, curve: Sequence[float], earlier: Mapping[str, Rows]) -> bool:
    """Whether the run is to end here.

    `curve` is its Levenshtein accuracy on the evaluation set after each epoch so far. `earlier` holds the rows of
    settled runs by id; those of the chain's earlier trials, all of which are needed, are compared at the same seed.
    """
    place = run.trial
    if place is None or place.search.pruner not in WITHIN:
        return False
    variant = Variant(run.arm, run.levels, Setup(run.model, run.task, run.training), run.device)
    chain = follow(variant, place.search, place.primary, place.number, earlier)
    courses = tuple(_course(tried, run.seed, place.primary, earlier) for tried in chain)
    study = _study(place.search.pruner, run.training.epochs)
    study.add_trials(_remembered(place.search.pruner, run.training.epochs, courses))
    return _take(study, _values(place.primary, curve), run.training.epochs)[1]


def _course(tried: Tried, seed: int, primary: str, earlier: Mapping[str, Rows]) -> Course:
    if tried.past is None:
        raise ValueError("an earlier trial of the chain is not settled; expected the rows of all of them")
    for run in tried.runs:
        if run.seed == seed:
            rows = earlier[run.run_id]
            curve = [point["levenshtein_accuracy"] for point in rows["convergence"]]
            states = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED}
            return _values(primary, curve), states.get(status_of(rows), TrialState.FAIL)
    return (), TrialState.FAIL  # it was given up at an earlier seed, but keeps its number


def _values(primary: str, curve: Sequence[float]) -> tuple[float, ...]:
    return tuple(progress(primary, curve[: epoch + 1]) for epoch in range(len(curve)))


@lru_cache(maxsize=1)
def _remembered(pruner: str, epochs: int, courses: tuple[Course, ...]) -> list[FrozenTrial]:
    """The earlier trials, with what Optuna noted of each when it was asked. Remembered for the run in hand."""
    study = _study(pruner, epochs)
    for values, state in courses:
        trial, _ = _take(study, values, epochs)
        study.tell(trial, values[-1] if state == TrialState.COMPLETE else None, state)
    return study.trials


def _take(study: Study, values: Sequence[float], epochs: int) -> tuple[Trial, bool]:
    """Has a trial take a course; returns it, and whether it is pruned at the course's end. After the last epoch there
    is nothing left to spare."""
    trial, pruned = study.ask(), False
    for epoch, value in enumerate(values, start=1):
        trial.report(value, epoch)
        pruned = epoch < epochs and trial.should_prune()
    return trial, pruned


def _study(pruner: str, epochs: int) -> Study:
    """The name is Hyperband's coin for which trial gets which bracket: the same for all chains."""
    pruners: dict[str, BasePruner] = {
        "median": MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=epochs // 3),
        "hyperband": HyperbandPruner(min_resource=1, max_resource=epochs),
    }
    return optuna.create_study(study_name="chain", direction="maximize", pruner=pruners[pruner])
