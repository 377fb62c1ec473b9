"""The runs of a study as trials of an Optuna storage: waiting, taken by a worker, settled with their rows.

A trial is one attempt at a run. It carries the run as the user attribute `run`, the process that took it as `worker`,
its accuracy after each epoch as intermediate values, and at its end its rows as `rows`. A run is settled once a trial
of it has rows. An attempt that was cut off ends as FAIL without rows, and the run gets another trial: Optuna refuses
every write to a trial that has ended, so a worker that comes back late does no harm. (Rows that were on their way to a
server when their attempt was given up may still arrive: the run is then settled by a trial that is FAIL.) Trials are
taken through the storage itself and never through `Study.optimize`, so Optuna never samples a run that nobody planned.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from studies.engine.heartbeat import Watch
from studies.engine.retry import GIVE_UP_SECONDS, retry
from studies.engine.storage import trouble_of
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of, value_of

P = ParamSpec("P")
T = TypeVar("T")

_STATES = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED}


@dataclass(frozen=True)
class Worker:
    """Who has a run in hand."""

    crew: str
    """Of the command that the process belongs to."""
    host: str
    pid: int
    since: str
    """When it took the run, in ISO 8601."""


@dataclass(frozen=True)
class Claim:
    """A run that this process, and no other, has taken."""

    trial_id: int
    run: Run


class ClaimLost(Exception):
    """The attempt in hand was taken for abandoned, and another is made: its outcome is no longer wanted."""


def _patient(method: Callable[Concatenate[Queue, P], T]) -> Callable[Concatenate[Queue, P], T]:
    """Has the method wait for a storage that is away. It may be called again after it got through unnoticed."""

    @functools.wraps(method)
    def insistent(self: Queue, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.retry(lambda: method(self, *args, **kwargs))

    return insistent


class Queue:
    """One study's runs in a storage that many processes share. `tell` hears, in a line, what is waited for."""

    def __init__(self, storage: RDBStorage, study: str, tell: Callable[[str], None]) -> None:
        self.storage = storage
        self.url = storage.engine.url.render_as_string(hide_password=False)
        self.tell = tell
        self.watch = Watch(storage)
        self.patience = GIVE_UP_SECONDS
        self._insisting = False
        self._places: Mapping[str, int] = {}
        self._waiting: list[FrozenTrial] = []
        # Optuna's value of a trial is the Levenshtein accuracy, or what its tuning goes by: higher is better. It reads
        # ended trials once.
        self._study = self.retry(
            lambda: optuna.create_study(storage=storage, study_name=study, direction="maximize", load_if_exists=True)
        )

    @property
    def study_id(self) -> int:
        return self._study._study_id

    def retry(self, call: Callable[[], T]) -> T:
        """Calls until the storage takes it, or RetryTimeout after `patience` seconds.

        Of calls within each other the outermost begins again: a planner's lock may be lost with the connection.
        """
        if self._insisting:
            return call()
        self._insisting = True
        try:
            return retry(call, self.tell, lambda error: trouble_of(error, self.url), self.patience)
        except KeyboardInterrupt as interruption:
            # A transaction that is cut off in the middle lives on in the error's frames, with its lock.
            traceback.clear_frames(interruption.__traceback__)
            self.storage.remove_session()
            self.storage.engine.dispose()
            raise
        finally:
            self._insisting = False

    @_patient
    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Of these states, or all; in the order in which they were planned."""
        return self._study.get_trials(deepcopy=False, states=states or None)

    @_patient
    def claim(self, places: Mapping[str, int], worker: Worker) -> Claim | None:
        """Takes a run that waits, the one with the lowest place if it can; None if none of these (ids) is left."""
        if places is not self._places:
            self._places, self._waiting = places, []
        while True:
            # Reading all that waits takes long where much does; what another has taken since is noticed on taking it.
            if not self._waiting:
                waiting = [trial for trial in self.trials(TrialState.WAITING) if run_id(trial) in places]
                self._waiting = sorted(waiting, key=lambda trial: places[run_id(trial)], reverse=True)
            if not self._waiting:
                return None
            trial = self._waiting.pop()
            if self._take(trial._trial_id, worker):
                return Claim(trial._trial_id, Run.from_dict(trial.user_attrs["run"]))

    @_patient
    def report(self, claim: Claim, epoch: int, levenshtein_accuracy: float) -> None:
        """Tells how far a run is, for the bar and for Optuna's own viewers. ClaimLost if it is another's by now."""
        try:
            self.storage.set_trial_intermediate_value(claim.trial_id, epoch, levenshtein_accuracy)
        except UpdateFinishedTrialError as error:
            raise ClaimLost from error

    @_patient
    def finish(self, claim: Claim, rows: Rows) -> None:
        """Settles a run; without effect if it is another's by now."""
        try:
            self._settle(claim.trial_id, claim.run, rows)
        except UpdateFinishedTrialError:
            return

    @_patient
    def unfinished(self) -> dict[str, int]:
        """Waiting and running runs, by id, and the epochs that each has behind it."""
        trials = self.trials(TrialState.WAITING, TrialState.RUNNING)
        return {run_id(trial): len(trial.intermediate_values) for trial in trials}

    def settled(self) -> dict[str, Rows]:
        """The rows of settled runs, by id."""
        return {run_id(trial): trial.user_attrs["rows"] for trial in self.trials() if is_settled(trial)}

    @_patient
    def release(self, crew: str, pid: int | None = None) -> bool:
        """Gives up the runs in hand of a crew, or of one of its processes; False if there were none."""
        held = [trial for trial in self.trials(TrialState.RUNNING) if _is_of(trial, crew, pid)]
        for trial in held:
            self.abandon(trial)
        return bool(held)

    def abandon(self, trial: FrozenTrial) -> None:
        """Ends an attempt that was cut off; one that was cut off between its rows and its end is settled."""
        try:
            if "rows" in trial.user_attrs:
                self._settle(trial._trial_id, Run.from_dict(trial.user_attrs["run"]), trial.user_attrs["rows"])
            else:
                self.storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:
            return

    def _settle(self, trial_id: int, run: Run, rows: Rows) -> None:
        self.storage.set_trial_user_attr(trial_id, "rows", rows)
        state = _STATES.get(status_of(rows), TrialState.FAIL)
        value = value_of(run.trial.primary, rows) if run.trial else rows["runs"][0]["levenshtein_accuracy"]
        self.storage.set_trial_state_values(trial_id, state, None if value is None else [value])

    def _take(self, trial_id: int, worker: Worker) -> bool:
        try:
            if not self.storage.set_trial_state_values(trial_id, TrialState.RUNNING):
                return False
            self.storage.set_trial_user_attr(trial_id, "worker", vars(worker))
        except UpdateFinishedTrialError:  # another took it and is through with it, or this one signed too late
            return False
        return True


def run_id(trial: FrozenTrial) -> str:
    identity: str = trial.user_attrs["run"]["run_id"]
    return identity


def is_settled(trial: FrozenTrial) -> bool:
    return trial.state.is_finished() and "rows" in trial.user_attrs


def _is_of(trial: FrozenTrial, crew: str, pid: int | None) -> bool:
    worker: dict[str, Any] = trial.user_attrs.get("worker", {})
    return worker.get("crew") == crew and pid in (None, worker.get("pid"))
