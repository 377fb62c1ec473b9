"""The one place that makes runs wait: those that can be known by now and are neither settled, waiting nor alive.

It is done under the storage's lock and can be done over and over, by whoever has nothing better to do: a process that
dies in the middle leaves nothing that the next one does not put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optuna.trial import FrozenTrial, TrialState, create_trial

from results.tables.atomic_write import InputError
from studies.engine.heartbeat import GRACE_SECONDS
from studies.engine.queue import Queue, is_settled, run_id
from studies.engine.storage import planning, shown
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed

SIGNING_SECONDS = 10.0
"""How long a trial may be running without a worker's name: taking one and signing it are milliseconds apart."""
FRUITLESS_ATTEMPTS = 3
"""So many attempts in a row that were cut off before they got an epoch further, and the run is given up."""


@dataclass(frozen=True)
class PlanProgress:
    """How far a plan is."""

    known: tuple[Run, ...]
    """The runs that can be known by now, in the order of the tables."""
    settled: Mapping[str, Rows]

    @cached_property
    def places(self) -> dict[str, int]:
        """Of the known runs (ids): the lower, the sooner it is to be done."""
        return {run.run_id: place for place, run in enumerate(self.known)}

    @property
    def unfinished(self) -> bool:
        return not self.places.keys() <= self.settled.keys()


def enqueue(queue: Queue, plan: Plan) -> PlanProgress:
    """Gives runs that were cut off another try, and makes those wait that are due."""

    def once() -> PlanProgress:
        with planning(queue.storage.engine):
            _reap(queue)
            while True:
                settled = queue.settled()
                standing = PlanProgress(tuple(plan.known(settled)), settled)
                if not _enqueue_missing(queue, standing):  # a run that is given up may make others known
                    return standing

    return queue.retry(once)


def _reap(queue: Queue) -> None:
    """Ends attempts whose worker is silent. One that never had a heartbeat is given one, so that it grows old too."""
    silent = queue.watch.silences(GRACE_SECONDS)
    for trial in queue.trials(TrialState.RUNNING):
        if trial._trial_id not in silent:
            queue.storage.record_heartbeat(trial._trial_id)
        elif silent[trial._trial_id] >= (GRACE_SECONDS if "worker" in trial.user_attrs else SIGNING_SECONDS):
            queue.abandon(trial)


def _enqueue_missing(queue: Queue, standing: PlanProgress) -> bool:
    """Makes runs wait; True if one was given up."""
    attempts: dict[str, list[FrozenTrial]] = {}
    for trial in queue.trials():
        attempts.setdefault(run_id(trial), []).append(trial)
    given_up = False
    for run in standing.known:
        trials = attempts.get(run.run_id, [])
        if any(is_settled(trial) or not trial.state.is_finished() for trial in trials):
            continue
        attributes = {"run": run.to_dict()}
        if _fruitless(trials) >= FRUITLESS_ATTEMPTS:
            attributes["rows"] = failed(
                f"given up: {FRUITLESS_ATTEMPTS} attempts in a row were cut off before they got an epoch further"
            )
            given_up = True
        try:
            queue.storage.create_new_trial(queue.study_id, _trial(run, attributes))
        except ValueError as error:
            raise InputError(
                f"{shown(queue.url)} holds an earlier tuning of this study, whose space was of another kind ({error}); "
                "choose another with --out or --storage"
            ) from error
    return given_up


def _trial(run: Run, attributes: dict[str, Any]) -> FrozenTrial:
    """A trial that waits, or that is over if it has its rows; that of a tuning run shows Optuna what is tried."""
    space = run.trial.search.space if run.trial else {}
    settings = {**run.model.to_dict(), **run.task.to_dict(), **run.training.to_dict()}
    return create_trial(
        state=TrialState.FAIL if "rows" in attributes else TrialState.WAITING,
        params={name: settings[name] for name in space},
        distributions=dict(space),
        user_attrs=attributes,
    )


def _fruitless(attempts: Iterable[FrozenTrial]) -> int:
    """How many attempts at the end of the list got no further than those before them."""
    furthest, fruitless = 0, 0
    for trial in attempts:
        epochs = len(trial.intermediate_values)
        fruitless = 0 if epochs > furthest else fruitless + 1
        furthest = max(furthest, epochs)
    return fruitless
