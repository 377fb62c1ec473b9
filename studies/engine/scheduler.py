"""The scheduler: enqueues the planned runs that are neither finished, waiting nor running.

It runs under the planning lock of the storage, is idempotent, and is called by commands and idle workers alike. A
process that dies in the middle of it leaves nothing that the next call does not complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optuna.trial import FrozenTrial, TrialState, create_trial

from results.tables.atomic_write import InputError
from studies.engine.heartbeat import GRACE_SECONDS
from studies.engine.queue import Queue, has_rows, run_id
from studies.engine.storage import planning_lock, redact_url
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed_rows

REGISTRATION_SECONDS = 10.0
"""A trial that is running without a registered worker for this time is ended: claim and registration are milliseconds
apart."""
MAX_ATTEMPTS_WITHOUT_PROGRESS = 3
"""A run fails after so many interrupted attempts in a row that finish no further epoch."""


@dataclass(frozen=True)
class PlanProgress:
    """How much of a plan is finished."""

    runs: tuple[Run, ...]
    """The runs that can be planned now, in the order of the tables."""
    finished: Mapping[str, Rows]
    """Run id -> rows, for finished runs."""

    @cached_property
    def positions(self) -> dict[str, int]:
        """Run id -> position in the plan. Lower positions are claimed first."""
        return {run.run_id: position for position, run in enumerate(self.runs)}

    @property
    def unfinished(self) -> bool:
        return not self.positions.keys() <= self.finished.keys()


def enqueue(queue: Queue, plan: Plan) -> PlanProgress:
    """Ends the attempts of dead workers, and enqueues the planned runs that have no attempt."""

    def enqueue_once() -> PlanProgress:
        with planning_lock(queue.storage.engine):
            _end_stale_attempts(queue)
            while True:
                finished = queue.finished_rows()
                progress = PlanProgress(tuple(plan.planned_runs(finished)), finished)
                if not _enqueue_missing(queue, progress):  # a run that fails here may allow others to be planned
                    return progress

    return queue.retry(enqueue_once)


def _end_stale_attempts(queue: Queue) -> None:
    """Ends attempts without a recent heartbeat. One that has no heartbeat gets one, so that it becomes stale too."""
    silent = queue.monitor.silent_seconds(GRACE_SECONDS)
    for trial in queue.trials(TrialState.RUNNING):
        if trial._trial_id not in silent:
            queue.storage.record_heartbeat(trial._trial_id)
        elif silent[trial._trial_id] >= (GRACE_SECONDS if "worker" in trial.user_attrs else REGISTRATION_SECONDS):
            queue.end_attempt(trial)


def _enqueue_missing(queue: Queue, progress: PlanProgress) -> bool:
    """Enqueues runs without an attempt; True if one of them failed for too many attempts."""
    attempts: dict[str, list[FrozenTrial]] = {}
    for trial in queue.trials():
        attempts.setdefault(run_id(trial), []).append(trial)
    any_failed = False
    for run in progress.runs:
        trials = attempts.get(run.run_id, [])
        if any(has_rows(trial) or not trial.state.is_finished() for trial in trials):
            continue
        attributes = {"run": run.to_dict()}
        if _attempts_without_progress(trials) >= MAX_ATTEMPTS_WITHOUT_PROGRESS:
            attributes["rows"] = failed_rows(
                f"{MAX_ATTEMPTS_WITHOUT_PROGRESS} attempts in a row were interrupted before they finished another epoch"
            )
            any_failed = True
        try:
            queue.storage.create_new_trial(queue.study_id, _trial(run, attributes))
        except ValueError as error:
            raise InputError(
                f"{redact_url(queue.url)} holds an earlier tuning of this study with another search space ({error}); "
                "choose another with --out or --storage"
            ) from error
    return any_failed


def _trial(run: Run, attributes: dict[str, Any]) -> FrozenTrial:
    """A waiting trial, or a failed one if it has rows. That of a tuning run shows its settings as parameters."""
    space = run.trial.search.space if run.trial else {}
    return create_trial(
        state=TrialState.FAIL if "rows" in attributes else TrialState.WAITING,
        params=run.setup.values_of(space),
        distributions=dict(space),
        user_attrs=attributes,
    )


def _attempts_without_progress(attempts: Iterable[FrozenTrial]) -> int:
    """The number of attempts at the end of the list that finished no epoch beyond those before them."""
    furthest, count = 0, 0
    for trial in attempts:
        epochs = len(trial.intermediate_values)
        count = 0 if epochs > furthest else count + 1
        furthest = max(furthest, epochs)
    return count
