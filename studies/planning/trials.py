"""The tuning trials of a variant, one after the other, and the best of them.

The trials of a variant depend on nothing but its own runs. So variants are tuned in parallel, and the outcome does not
depend on the number of workers, the order of runs, or interruptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from optuna.trial import TrialState

from studies.design.tuning import FIRST_SEED, Search
from studies.planning.run import Run, Trial, Variant
from studies.planning.run_rows import Rows, epochs_of, status_of, trial_value
from studies.planning.sampler import TrialResult, propose, should_stop_trial


@dataclass(frozen=True)
class TrialProgress:
    """A trial as far as its runs are finished."""

    settings: Mapping[str, Any]
    runs: Sequence[Run]
    """The runs that can be planned now, in the order of their seeds."""
    result: TrialResult | None
    """None while the trial is unfinished."""

    @property
    def value(self) -> float | None:
        """None for a trial that is not completed; it is never chosen."""
        return fmean(self.result.values) if self.result and self.result.outcome == "done" else None


def optuna_state(rows: Rows) -> TrialState:
    """Optuna's state for a finished run."""
    return {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED}.get(status_of(rows), TrialState.FAIL)


def optuna_value(run: Run, rows: Rows) -> float | None:
    """The value of a finished run in Optuna: that of its trial for a tuning run, else its final accuracy."""
    if run.trial:
        return trial_value(run.trial.primary, rows, run.setup.training.epochs)
    accuracy: float | None = rows["runs"][0]["levenshtein_accuracy"]
    return accuracy


def replay_trials(
    variant: Variant, search: Search, primary: str, limit: int, finished: Mapping[str, Rows]
) -> list[TrialProgress]:
    """The trials of a variant up to the first unfinished one, at most `limit`.

    `finished` holds the rows of finished runs, of this and other variants, by run id.
    """
    trials: list[TrialProgress] = []
    history: list[TrialResult] = []
    while len(trials) == len(history) < limit:
        trial = _replay_trial(variant, Trial(len(trials), search, primary), history, finished)
        trials.append(trial)
        history += [trial.result] if trial.result else []
    return trials


def best_trial(trials: Sequence[TrialProgress], limit: int) -> TrialProgress | None:
    """The trial with the highest value, the first of equals. None until all `limit` trials are finished, and if none of
    them is completed."""
    if len(trials) < limit or trials[-1].result is None:
        return None
    return max((trial for trial in trials if trial.value is not None), key=lambda trial: trial.value or 0, default=None)


def _replay_trial(
    variant: Variant, trial: Trial, history: Sequence[TrialResult], finished: Mapping[str, Rows]
) -> TrialProgress:
    """Its runs in order, up to one that is unfinished, has no value, or makes the other seeds unnecessary."""
    settings = propose(trial.search, history)
    runs: list[Run] = []
    values: list[float] = []
    epochs, outcome = 0, "done"
    while outcome == "done" and len(runs) < trial.search.seeds:
        runs.append(variant.run(FIRST_SEED + len(runs), settings, trial))
        rows = finished.get(runs[-1].run_id)
        if rows is None:
            return TrialProgress(settings, runs, None)
        value = trial_value(trial.primary, rows, runs[-1].setup.training.epochs)
        values += [] if value is None else [value]
        epochs += epochs_of(rows)
        outcome = status_of(rows)
        if outcome == "done" and should_stop_trial(trial.search, history, values):
            outcome = "pruned"
    return TrialProgress(settings, runs, TrialResult(tuple(settings.items()), outcome, tuple(values), epochs))
