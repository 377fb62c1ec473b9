"""The runs of a study as trials of an Optuna storage: waiting, taken by a worker, finished with their rows.

A trial carries its run as the user attribute `run`, the process that took it as `worker`, its accuracy after each
epoch as intermediate values, and at its end its rows as `rows`. A run is settled once it has rows. Trials are taken
through the storage itself and never through `Study.optimize`, so Optuna never samples a run that nobody planned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from optuna.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from studies.planner import Run

Rows = dict[str, list[dict[str, Any]]]
"""Table -> its rows of one run, without the columns that say which run it is."""


@dataclass(frozen=True)
class Claim:
    """A run that this process, and no other, has taken."""

    trial_id: int
    run: Run


class Queue:
    """One study's runs in a storage that many processes share."""

    def __init__(self, storage: RDBStorage, study: str) -> None:
        self._storage = storage
        try:
            # The direction is that of Levenshtein accuracy, which a trial has as its value.
            self._study_id = storage.create_new_study([StudyDirection.MAXIMIZE], study)
        except DuplicatedStudyError:
            self._study_id = storage.get_study_id_from_name(study)

    def enqueue(self, runs: Iterable[Run]) -> None:
        """Makes each run wait unless it is settled or waiting. Only for who holds the folder's lock: a run that an
        earlier call left half done is taken for abandoned, and waits again."""
        known = set()
        for trial in self._trials(*TrialState):
            if trial.state == TrialState.RUNNING:
                self._abandon(trial)
            if trial.state == TrialState.WAITING or "rows" in trial.user_attrs:
                known.add(_run_id(trial))
        for run in runs:
            if run.run_id not in known:
                waiting = create_trial(state=TrialState.WAITING, user_attrs={"run": run.to_dict()})
                self._storage.create_new_trial(self._study_id, waiting)

    def claim(self, wanted: Collection[str], worker: int) -> Claim | None:
        """Takes the first of the wanted runs (ids) that waits; None if none is left. `worker` is a process id."""
        for trial in self._trials(TrialState.WAITING):
            if _run_id(trial) in wanted and self._take(trial._trial_id):
                self._storage.set_trial_user_attr(trial._trial_id, "worker", worker)
                return Claim(trial._trial_id, Run.from_dict(trial.user_attrs["run"]))
        return None

    def report(self, claim: Claim, epoch: int, levenshtein_accuracy: float) -> None:
        """Tells how far a run is, for the bar and for Optuna's own viewers."""
        self._storage.set_trial_intermediate_value(claim.trial_id, epoch, levenshtein_accuracy)

    def finish(self, claim: Claim, rows: Rows) -> None:
        """Settles a run. UpdateFinishedTrialError if a later call has taken it for abandoned."""
        self._settle(claim.trial_id, rows)

    def fail(self, worker: int, rows: Rows) -> bool:
        """Settles, with these rows, the run that a dead worker had in hand; False if it had none."""
        orphans = [trial for trial in self._trials(TrialState.RUNNING) if trial.user_attrs.get("worker") == worker]
        for trial in orphans:
            self._settle(trial._trial_id, trial.user_attrs.get("rows", rows))
        return bool(orphans)

    def unfinished(self) -> dict[str, int]:
        """Waiting and running runs, by id, and the epochs that each has behind it."""
        trials = self._trials(TrialState.WAITING, TrialState.RUNNING)
        return {_run_id(trial): len(trial.intermediate_values) for trial in trials}

    def settled(self) -> dict[str, FrozenTrial]:
        """Settled runs, by id, as trials with `rows`."""
        trials = self._trials(TrialState.COMPLETE, TrialState.FAIL)
        return {_run_id(trial): trial for trial in trials if "rows" in trial.user_attrs}

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._storage.get_all_trials(self._study_id, deepcopy=False, states=states)

    def _take(self, trial_id: int) -> bool:
        try:
            return self._storage.set_trial_state_values(trial_id, TrialState.RUNNING)
        except UpdateFinishedTrialError:  # another took it and is through with it
            return False

    def _abandon(self, trial: FrozenTrial) -> None:
        if "rows" in trial.user_attrs:  # cut off between its rows and its state
            self._settle(trial._trial_id, trial.user_attrs["rows"])
        else:
            self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)

    def _settle(self, trial_id: int, rows: Rows) -> None:
        (run,) = rows["runs"]
        self._storage.set_trial_user_attr(trial_id, "rows", rows)
        if run["status"] == "done":
            self._storage.set_trial_state_values(trial_id, TrialState.COMPLETE, [run["levenshtein_accuracy"]])
        else:
            self._storage.set_trial_state_values(trial_id, TrialState.FAIL)


def _run_id(trial: FrozenTrial) -> str:
    run_id: str = trial.user_attrs["run"]["run_id"]
    return run_id
