"""The scheduler: enqueues the planned runs that are neither finished, waiting nor running.

It runs under the planning lock of the storage, is idempotent, and is called by commands and idle workers alike. A
process that dies in the middle of it leaves nothing that the next call does not complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.orm import Session

from results.errors import InputError
from studies.engine.heartbeat import GRACE_SECONDS
from studies.engine.queue import Queue, has_rows, rows_of, run_id
from studies.engine.storage import planning_lock, redact_url
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed_rows
from studies.planning.trial_params import TrialParams
from studies.planning.trials import optuna_state, optuna_value

REGISTRATION_SECONDS = 10.0
"""A trial that is running without a registered worker for this time is ended: claim and registration are milliseconds
apart."""
MAX_ATTEMPTS_WITHOUT_PROGRESS = 3
"""A run fails after so many interrupted attempts in a row that finish no further epoch; those that say nothing about
the run (`Queue.release`) do not count."""


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
                trials = queue.trials()
                finished = rows_of(trials)
                progress = PlanProgress(tuple(plan.planned_runs(finished)), finished)
                # A run that fails here may allow others to be planned.
                if not _enqueue_missing(queue, progress, trials, params):
                    return progress

    return queue.retry(enqueue_once)


def add_finished(queue: Queue, plan: Plan, rows: Mapping[str, Rows], origin: Mapping[str, Any]) -> int:
    """Stores runs that were finished elsewhere, with `origin` as an attribute; returns their number.

    `rows` are those of planned runs by id. Unfinished attempts at these are ended; runs that have rows here are left
    out.
    """
    params = TrialParams(plan)

    def add() -> int:
        with planning_lock(queue.storage.engine):
            for trial in queue.trials():
                if run_id(trial) in rows and not trial.state.is_finished():
                    queue.end_attempt(trial)
            missing = rows.keys() - rows_of(queue.trials()).keys()
            new = [run for run in plan.planned_runs(rows) if run.run_id in missing]
            distributions = _merged_distributions(queue, params) if new else {}
            for run in new:
                found = rows[run.run_id]
                attributes = {"run": run.to_dict(), "rows": found, "origin": dict(origin)}
                trial = _trial(params.of(run), distributions, attributes, optuna_state(found), optuna_value(run, found))
                trial.intermediate_values = {row["epoch"]: row["levenshtein_accuracy"] for row in found["convergence"]}
                queue.storage.create_new_trial(queue.study_id, trial)
            return len(new)

    return queue.retry(add)


def _end_stale_attempts(queue: Queue) -> None:
    """Ends attempts without a recent heartbeat. One that has no heartbeat gets one, so that it becomes stale too."""
    silent = queue.monitor.silent_seconds(GRACE_SECONDS)
    for trial in queue.trials(TrialState.RUNNING):
        if trial._trial_id not in silent:
            queue.storage.record_heartbeat(trial._trial_id)
        elif silent[trial._trial_id] >= (GRACE_SECONDS if "worker" in trial.user_attrs else REGISTRATION_SECONDS):
            queue.end_attempt(trial)


def _enqueue_missing(queue: Queue, progress: PlanProgress, trials: Sequence[FrozenTrial], params: TrialParams) -> bool:
    """Enqueues runs without an attempt; True if one of them failed for too many attempts."""
    attempts: dict[str, list[FrozenTrial]] = {}
    for trial in trials:
        attempts.setdefault(run_id(trial), []).append(trial)
    missing = [
        run
        for run in progress.runs
        if not any(has_rows(trial) or not trial.state.is_finished() for trial in attempts.get(run.run_id, []))
    ]
    distributions = _merged_distributions(queue, params) if missing else {}
    waiting, any_failed = [], False
    for run in missing:
        attributes = {"run": run.to_dict()}
        if _attempts_without_progress(attempts.get(run.run_id, [])) >= MAX_ATTEMPTS_WITHOUT_PROGRESS:
            attributes["rows"] = failed_rows(
                f"{MAX_ATTEMPTS_WITHOUT_PROGRESS} attempts in a row were interrupted before they finished another epoch"
            )
            failed = _trial(params.of(run), distributions, attributes, TrialState.FAIL)
            queue.storage.create_new_trial(queue.study_id, failed)
            any_failed = True
        else:
            waiting.append(_trial(params.of(run), distributions, attributes, TrialState.WAITING))
    _add_waiting(queue, waiting)
    return any_failed


def _trial(
    params: Mapping[str, Any],
    distributions: Mapping[str, BaseDistribution],
    attributes: dict[str, Any],
    state: TrialState,
    value: float | None = None,
) -> FrozenTrial:
    return create_trial(
        state=state,
        value=value,
        params=dict(params),
        distributions={name: distributions[name] for name in params},
        user_attrs=attributes,
    )


def _add_waiting(queue: Queue, trials: Sequence[FrozenTrial]) -> None:
    """Writes new trials in one transaction: a call of Optuna for each takes ten times as long."""
    with Session(queue.storage.engine) as session, session.begin():
        of_study = models.TrialModel.study_id == queue.study_id
        count = sqlalchemy.func.count(models.TrialModel.trial_id)
        number = session.scalars(sqlalchemy.select(count).where(of_study)).one()
        session.add_all(
            models.TrialModel(
                study_id=queue.study_id,
                number=number + position,
                state=trial.state,
                params=[
                    models.TrialParamModel(
                        param_name=name,
                        param_value=trial.distributions[name].to_internal_repr(value),
                        distribution_json=distribution_to_json(trial.distributions[name]),
                    )
                    for name, value in trial.params.items()
                ],
                user_attributes=[
                    models.TrialUserAttributeModel(key=key, value_json=json.dumps(value))
                    for key, value in trial.user_attrs.items()
                ],
            )
            for position, trial in enumerate(trials)
        )


def _merged_distributions(queue: Queue, params: TrialParams) -> dict[str, BaseDistribution]:
    """Parameter -> its distribution. Choices are those of the study's earlier trials, then new ones, such as an arm
    that the study has had since.

    Optuna refuses a trial with other choices than those before it, so these get the new ones too. Their values are
    stored as indices, which stay. InputError if the study has another search space.
    """
    merged: dict[str, BaseDistribution] = {}
    stored_json = models.TrialParamModel.distribution_json
    trials = sqlalchemy.select(models.TrialModel.trial_id).where(models.TrialModel.study_id == queue.study_id)
    with queue.storage.engine.begin() as connection:
        for name, planned in {**params.choices, **params.numbers}.items():
            is_stored = (models.TrialParamModel.param_name == name) & models.TrialParamModel.trial_id.in_(trials)
            content = connection.scalar(sqlalchemy.select(stored_json).where(is_stored).limit(1))
            stored = json_to_distribution(content) if content else planned
            merged[name] = planned
            if isinstance(stored, CategoricalDistribution) and isinstance(planned, CategoricalDistribution):
                merged[name] = CategoricalDistribution(tuple(dict.fromkeys([*stored.choices, *planned.choices])))
                if merged[name] != stored:
                    content = distribution_to_json(merged[name])
                    update = sqlalchemy.update(models.TrialParamModel).where(is_stored)
                    connection.execute(update.values(distribution_json=content))
                continue
            try:
                check_distribution_compatibility(stored, planned)
            except ValueError as error:
                raise InputError(
                    f"{redact_url(queue.url)} holds an earlier tuning of this study with another search space "
                    f"({error}); choose another with --out or --storage"
                ) from error
    return merged


def _attempts_without_progress(attempts: Iterable[FrozenTrial]) -> int:
    """The number of attempts at the end of the list that finished no epoch beyond those before them, without those that
    the user has stopped."""
    furthest, count = 0, 0
    for trial in attempts:
        epochs = len(trial.intermediate_values)
        if epochs > furthest:
            furthest, count = epochs, 0
        elif "stopped" not in trial.user_attrs:
            count += 1
    return count
