"""The scheduler: enqueues the planned runs that are neither finished, waiting nor running.

It runs under the planning lock of the storage, is idempotent, and is called by commands and idle workers alike. A
process that dies in the middle of it leaves nothing that the next call does not complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    distribution_to_json,
    json_to_distribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from results.tables.atomic_write import InputError
from studies.engine.heartbeat import GRACE_SECONDS
from studies.engine.queue import Queue, has_rows, run_id
from studies.engine.storage import planning_lock, redact_url
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed_rows
from studies.planning.trial_params import TrialParams

REGISTRATION_SECONDS = 10.0
"""A trial that is running without a registered worker for this time is ended: claim and registration are milliseconds
apart."""
MAX_ATTEMPTS_WITHOUT_PROGRESS = 3
"""A run fails after so many interrupted attempts in a row that finish no further epoch."""

_TRIALS = sqlalchemy.table("trials", sqlalchemy.column("trial_id"), sqlalchemy.column("study_id"))
_PARAMS = sqlalchemy.table("trial_params", *map(sqlalchemy.column, ("trial_id", "param_name", "distribution_json")))
"""Tables of Optuna."""


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

    params = TrialParams(plan)

    def enqueue_once() -> PlanProgress:
        with planning_lock(queue.storage.engine):
            _end_stale_attempts(queue)
            while True:
                finished = queue.finished_rows()
                progress = PlanProgress(tuple(plan.planned_runs(finished)), finished)
                if not _enqueue_missing(
                    queue, progress, params
                ):  # a run that fails here may allow others to be planned
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


def _enqueue_missing(queue: Queue, progress: PlanProgress, params: TrialParams) -> bool:
    """Enqueues runs without an attempt; True if one of them failed for too many attempts."""
    attempts: dict[str, list[FrozenTrial]] = {}
    for trial in queue.trials():
        attempts.setdefault(run_id(trial), []).append(trial)
    missing = [
        run
        for run in progress.runs
        if not any(has_rows(trial) or not trial.state.is_finished() for trial in attempts.get(run.run_id, []))
    ]
    distributions = {**_merged_choices(queue, params), **params.numbers} if missing else {}
    any_failed = False
    for run in missing:
        attributes = {"run": run.to_dict()}
        if _attempts_without_progress(attempts.get(run.run_id, [])) >= MAX_ATTEMPTS_WITHOUT_PROGRESS:
            attributes["rows"] = failed_rows(
                f"{MAX_ATTEMPTS_WITHOUT_PROGRESS} attempts in a row were interrupted before they finished another epoch"
            )
            any_failed = True
        try:
            queue.storage.create_new_trial(queue.study_id, _trial(params.of(run), distributions, attributes))
        except ValueError as error:
            raise InputError(
                f"{redact_url(queue.url)} holds an earlier tuning of this study with another search space ({error}); "
                "choose another with --out or --storage"
            ) from error
    return any_failed


def _trial(
    params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution], attributes: dict[str, Any]
) -> FrozenTrial:
    """A waiting trial, or a failed one if it has rows."""
    return create_trial(
        state=TrialState.FAIL if "rows" in attributes else TrialState.WAITING,
        params=dict(params),
        distributions={name: distributions[name] for name in params},
        user_attrs=attributes,
    )


def _merged_choices(queue: Queue, params: TrialParams) -> dict[str, BaseDistribution]:
    """The choices of the study's earlier trials, then new ones, such as an arm that the study has had since.

    Optuna refuses a trial with other choices than those before it, so these get the new ones too. Their values are
    stored as indices, which stay.
    """
    merged: dict[str, BaseDistribution] = {}
    trials = sqlalchemy.select(_TRIALS.c.trial_id).where(_TRIALS.c.study_id == queue.study_id)
    with queue.storage.engine.begin() as connection:
        for name, planned in params.choices.items():
            is_stored = (_PARAMS.c.param_name == name) & _PARAMS.c.trial_id.in_(trials)
            content = connection.scalar(sqlalchemy.select(_PARAMS.c.distribution_json).where(is_stored).limit(1))
            stored = json_to_distribution(content) if content else planned
            if isinstance(stored, CategoricalDistribution):
                merged[name] = CategoricalDistribution(tuple(dict.fromkeys([*stored.choices, *planned.choices])))
            else:
                merged[name] = planned  # a setting that was tuned before; Optuna refuses the trial
            if isinstance(stored, CategoricalDistribution) and merged[name] != stored:
                content = distribution_to_json(merged[name])
                connection.execute(sqlalchemy.update(_PARAMS).where(is_stored).values(distribution_json=content))
    return merged


def _attempts_without_progress(attempts: Iterable[FrozenTrial]) -> int:
    """The number of attempts at the end of the list that finished no epoch beyond those before them."""
    furthest, count = 0, 0
    for trial in attempts:
        epochs = len(trial.intermediate_values)
        count = 0 if epochs > furthest else count + 1
        furthest = max(furthest, epochs)
    return count
