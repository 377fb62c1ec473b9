"""Whether a tuning run ends early, decided by one of Optuna's pruners after each epoch.

The Optuna study that the pruner sees is rebuilt from the variant's earlier trials. So the answer depends on these and
on the run's own curve alone, and is the same for a run that was interrupted. Reported runs are never pruned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from studies.planning.run import Run
from studies.planning.run_rows import Rows, curve_of, objective, objective_column
from studies.planning.sampler import STARTUP_TRIALS
from studies.planning.trials import TrialProgress, optuna_state, replay_trials

EPOCH_PRUNERS = ("median", "hyperband")
"""The pruners that end a run early."""

Course = tuple[tuple[float, ...], TrialState]
"""The objective of a run after each of its epochs, and how the run ended."""


def courses_of_earlier(run: Run, finished: Mapping[str, Rows]) -> tuple[Course, ...]:
    """The earlier trials of the variant at the seed of a tuning run; empty for a run that never ends early.

    `finished` holds the rows of finished runs by id, among them all earlier trials.
    """
    trial = run.trial
    if trial is None or trial.search.pruner not in EPOCH_PRUNERS:
        return ()
    trials = replay_trials(run.variant, trial.search, trial.primary, trial.number, finished)
    return tuple(_course(earlier, run.seed, trial.primary, finished) for earlier in trials)


def should_prune(run: Run, curve: Sequence[float], earlier: tuple[Course, ...]) -> bool:
    """Whether the run ends after its latest epoch.

    `curve` is the run's metric on the evaluation set after each epoch (`objective_column`), `earlier` are the courses
    of the earlier trials.
    """
    trial = run.trial
    if trial is None or trial.search.pruner not in EPOCH_PRUNERS:
        return False
    epochs = run.setup.training.epochs
    study = _study(trial.search.pruner, epochs)
    study.add_trials(_earlier_trials(trial.search.pruner, epochs, earlier))
    return _report(study, _objectives(trial.primary, curve), epochs)[1]


def _course(trial: TrialProgress, seed: int, primary: str, finished: Mapping[str, Rows]) -> Course:
    if trial.result is None:
        raise ValueError("an earlier trial of the variant is unfinished; expected the rows of all earlier trials")
    for run in trial.runs:
        if run.seed == seed:
            rows = finished[run.run_id]
            curve = curve_of(rows, objective_column(primary), run.setup.training.epochs)
            return _objectives(primary, curve), optuna_state(rows)
    return (), TrialState.FAIL  # the trial ended at an earlier seed, but keeps its number


def _objectives(primary: str, curve: Sequence[float]) -> tuple[float, ...]:
    return tuple(objective(primary, curve[: epoch + 1]) for epoch in range(len(curve)))


@lru_cache(maxsize=1)
def _earlier_trials(pruner: str, epochs: int, courses: tuple[Course, ...]) -> list[FrozenTrial]:
    """The earlier trials, with the attributes that the pruner stored in each. Cached for the current run."""
    study = _study(pruner, epochs)
    for values, state in courses:
        trial, _ = _report(study, values, epochs)
        study.tell(trial, values[-1] if state == TrialState.COMPLETE else None, state)
    return study.trials


def _report(study: Study, values: Sequence[float], epochs: int) -> tuple[Trial, bool]:
    """Reports one value per epoch to a new trial -> (the trial, whether it is pruned after the latest).

    A trial is not pruned after its last epoch, when nothing is left to save.
    """
    trial, pruned = study.ask(), False
    for epoch, value in enumerate(values, start=1):
        trial.report(value, epoch)
        pruned = epoch < epochs and trial.should_prune()
    return trial, pruned


def _study(pruner: str, epochs: int) -> Study:
    """Hyperband assigns trials to brackets by a hash of the study's name, which is the same for all variants."""
    pruners: dict[str, BasePruner] = {
        "median": MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=epochs // 3),
        "hyperband": HyperbandPruner(min_resource=1, max_resource=epochs),
    }
    return optuna.create_study(study_name="chain", direction="maximize", pruner=pruners[pruner])
