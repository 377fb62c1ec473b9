"""The queue: the runs of a study as trials of an Optuna storage, each waiting, claimed by a worker, or finished.

A trial is one attempt at a run. It holds the run in the user attribute `run`, the process that claimed it in `worker`,
the accuracy after each epoch as intermediate values, and at the end the rows of the run in `rows`. A run is finished
once one of its trials has rows. An interrupted attempt ends as FAIL without rows, and with `stopped` if the reason says
nothing about the run, such as Ctrl-C or a full disk. Then the run gets a new trial. Optuna refuses every write to a
trial that has ended, so a worker that returns late does no harm. (Rows that are on their way to a server when their
attempt is ended may still arrive; then a trial that is FAIL has rows, and the run is finished.) Trials are claimed
through the storage and never through `Study.optimize`, so Optuna never samples an unplanned run.
"""

from __future__ import annotations

import contextlib
import functools
import traceback
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

import optuna
import sqlalchemy
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _create_scoped_session
from optuna.trial import FrozenTrial, TrialState

from studies.engine.heartbeat import HeartbeatMonitor
from studies.engine.retry import RETRY_TIMEOUT_SECONDS, RetryTimeout, retry
from studies.engine.storage import describe_error, only_reads
from studies.planning.run import Run
from studies.planning.run_rows import Rows
from studies.planning.trials import optuna_state, optuna_value

P = ParamSpec("P")
T = TypeVar("T")

LOOK_AHEAD = 64
"""The number of cached waiting runs whose state a worker reads before it claims the first of them that waits."""


@dataclass(frozen=True)
class Worker:
    """The process that has claimed a run."""

    pool_id: str
    """The worker pool of the process; every command has its own, with Dask every output folder."""
    host: str
    pid: int
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """Time of the claim, in ISO 8601."""
    processor: str = ""
    """Empty in storages of earlier versions."""
    gpu: str = ""
    """Empty on the CPU, and in storages of earlier versions."""


@dataclass(frozen=True)
class Claim:
    """A run that this process has claimed; no other process works on it."""

    trial_id: int
    run: Run


class ClaimLost(Exception):
    """The attempt was ended because its worker looked dead; the run has been given to another worker."""


def _with_retries(method: Callable[Concatenate[Queue, P], T]) -> Callable[Concatenate[Queue, P], T]:
    """Retries the method while the storage is unavailable. A failed call may have had effect."""

    @functools.wraps(method)
    def wrapper(self: Queue, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.retry(lambda: method(self, *args, **kwargs))

    return wrapper


class Queue:
    """The runs of one study in a storage that many processes share."""

    def __init__(
        self, storage: RDBStorage, study: str, notify: Callable[[str], None], tables: Collection[str] | None = None
    ) -> None:
        """`notify` gets a line for the user when the storage is unavailable. `tables` are those of the finished runs
        that are kept in memory; None for all."""
        self.storage = storage
        self.url = storage.engine.url.render_as_string(hide_password=False)
        self.notify = notify
        self.monitor = HeartbeatMonitor(storage)
        self.retry_seconds = RETRY_TIMEOUT_SECONDS
        self._tables = tables
        self._retrying = False
        self._positions: Mapping[str, int] = {}
        self._waiting: list[FrozenTrial] = []
        # The value of a trial is higher if it is better, see `name_value`.
        # The Optuna study caches trials that have ended.
        self._study = self.retry(
            lambda: optuna.create_study(storage=storage, study_name=study, direction="maximize", load_if_exists=True)
        )

    @property
    def study_name(self) -> str:
        return self._study.study_name

    @property
    def study_id(self) -> int:
        return self._study._study_id

    def retry(self, call: Callable[[], T]) -> T:
        """Calls until the storage is available; RetryTimeout after `retry_seconds`.

        Only the outermost of nested calls retries, from its beginning: a lost connection also loses the planning lock.
        """
        if self._retrying:
            return call()
        self._retrying = True
        try:
            return retry(call, self.notify, lambda error: describe_error(error, self.url), self.retry_seconds)
        except KeyboardInterrupt as interruption:
            # The frames of the error keep an interrupted transaction, and its lock, alive.
            traceback.clear_frames(interruption.__traceback__)
            self.storage.remove_session()
            self.storage.engine.dispose()
            raise
        finally:
            self._retrying = False

    @_with_retries
    def name_value(self, name: str) -> None:
        """Names the value of the trials for Optuna's viewers."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            self._study.set_metric_names([name])

    @_with_retries
    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states, which are not final, or all trials, in the order of their creation."""
        with only_reads():
            if states:  # the Optuna study would read all trials that have not ended
                return self.storage.get_all_trials(self.study_id, deepcopy=False, states=states)
            trials = self._study.get_trials(deepcopy=False)
        if self._tables is not None:
            for rows in rows_of(trials).values():
                for table in rows.keys() - self._tables:
                    del rows[table]  # in the cache of the Optuna study too
        return trials

    @_with_retries
    def claim(self, positions: Mapping[str, int], worker: Worker) -> Claim | None:
        """Claims the waiting run with the lowest position.

        `positions` maps the ids of runs to their positions in the plan; None if none of these runs is waiting.
        """
        if positions is not self._positions:
            self._positions, self._waiting = positions, []
        while True:
            # Reading a long queue is slow, so it is cached. Runs that other workers have claimed since are skipped.
            if not self._waiting:
                waiting = [trial for trial in self.trials(TrialState.WAITING) if run_id(trial) in positions]
                self._waiting = sorted(waiting, key=lambda trial: positions[run_id(trial)], reverse=True)
                if not self._waiting:
                    return None
            else:
                self._waiting[-LOOK_AHEAD:] = self._still_waiting(self._waiting[-LOOK_AHEAD:])
            if self._waiting:
                trial = self._waiting.pop()
                if self._try_claim(trial._trial_id, worker):
                    return Claim(trial._trial_id, Run.from_dict(trial.user_attrs["run"]))

    @_with_retries
    def report(self, claim: Claim, accuracies: Mapping[int, float]) -> None:
        """Records the Levenshtein accuracy after these epochs, for the progress bar and Optuna's viewers, in one
        transaction. ClaimLost if the claim was lost."""
        try:
            with _create_scoped_session(self.storage.scoped_session, ignore_integrity_error=True) as session:
                for epoch, accuracy in accuracies.items():
                    self.storage._set_trial_intermediate_value_without_commit(session, claim.trial_id, epoch, accuracy)
        except UpdateFinishedTrialError as error:
            raise ClaimLost from error

    @_with_retries
    def finish(self, claim: Claim, rows: Rows) -> None:
        """Stores the rows of a run; has no effect if the claim was lost."""
        try:
            self._finish(claim.trial_id, claim.run, rows)
        except UpdateFinishedTrialError:
            return

    @_with_retries
    def unfinished(self) -> dict[str, int]:
        """Run id -> finished epochs, for waiting and running runs."""
        trials = self.trials(TrialState.WAITING, TrialState.RUNNING)
        return {run_id(trial): len(trial.intermediate_values) for trial in trials}

    def finished_rows(self) -> dict[str, Rows]:
        """Run id -> rows, for finished runs."""
        return rows_of(self.trials())

    @_with_retries
    def release(self, pool_id: str, pid: int | None = None, *, stopped: bool = False) -> bool:
        """Ends the attempts of a worker pool, or of one of its processes; returns whether there were any.

        `stopped` says that they ended for a reason that says nothing about the runs, such as Ctrl-C or a full disk.
        A worker that is killed while it claims a run may leave a claim that names no worker. It is ended with the pool;
        if it is that of a living worker of another pool, that worker claims another run.
        """
        claimed = [trial for trial in self.trials(TrialState.RUNNING) if _is_claimed_by(trial, pool_id, pid)]
        for trial in claimed:
            self.end_attempt(trial, stopped=stopped)
        return bool(claimed)

    def give_back(self, pool_id: str, pid: int | None = None) -> None:
        """Releases as `stopped` the runs of a command or a worker that ends, if the storage is available; does not wait
        for it."""
        self.retry_seconds = 0
        with contextlib.suppress(RetryTimeout):
            self.release(pool_id, pid, stopped=True)

    @_with_retries
    def end(self, claim: Claim) -> None:
        """Ends the attempt of a claim whose worker is lost."""
        with contextlib.suppress(UpdateFinishedTrialError):
            self.storage.set_trial_state_values(claim.trial_id, TrialState.FAIL)

    def end_attempt(self, trial: FrozenTrial, *, stopped: bool = False) -> None:
        """Ends an interrupted attempt. If its rows are stored already, the run is finished."""
        try:
            if "rows" in trial.user_attrs:
                self._finish(trial._trial_id, Run.from_dict(trial.user_attrs["run"]), trial.user_attrs["rows"])
            else:
                if stopped:
                    self.storage.set_trial_user_attr(trial._trial_id, "stopped", True)
                self.storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:
            return

    def _still_waiting(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Those of the trials that wait, by one query: an attempt to claim each of the others costs more."""
        trial_id, state = models.TrialModel.trial_id, models.TrialModel.state
        given = [trial._trial_id for trial in trials]
        near = trial_id.between(min(given), max(given))
        with only_reads(), self.storage.engine.begin() as connection:
            waiting = set(connection.scalars(sqlalchemy.select(trial_id).where(near, state == TrialState.WAITING)))
        return [trial for trial in trials if trial._trial_id in waiting]

    def _finish(self, trial_id: int, run: Run, rows: Rows) -> None:
        self.storage.set_trial_user_attr(trial_id, "rows", rows)
        value = optuna_value(run, rows)
        self.storage.set_trial_state_values(trial_id, optuna_state(rows), None if value is None else [value])

    def _try_claim(self, trial_id: int, worker: Worker) -> bool:
        try:
            if not self.storage.set_trial_state_values(trial_id, TrialState.RUNNING):
                return False
            self.storage.set_trial_user_attr(trial_id, "worker", vars(worker))
        except UpdateFinishedTrialError:  # another worker has finished it, or this one registered too late
            return False
        return True


def run_id(trial: FrozenTrial) -> str:
    identity: str = trial.user_attrs["run"]["run_id"]
    return identity


def has_rows(trial: FrozenTrial) -> bool:
    """Whether the run of this trial is finished by it."""
    return trial.state.is_finished() and "rows" in trial.user_attrs


def rows_of(trials: Iterable[FrozenTrial]) -> dict[str, Rows]:
    """Run id -> rows, for the runs that these trials have finished."""
    return {run_id(trial): trial.user_attrs["rows"] for trial in trials if has_rows(trial)}


def _is_claimed_by(trial: FrozenTrial, pool_id: str, pid: int | None) -> bool:
    if "worker" not in trial.user_attrs:  # it was killed as it claimed the run
        return pid is None
    worker = trial.user_attrs["worker"]
    return worker["pool_id"] == pool_id and pid in (None, worker["pid"])
