"""The progress of a study, read from its storage: finished, running and waiting runs, the time left, failures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from studies.engine.heartbeat import GRACE_SECONDS, heartbeat_ages
from studies.engine.queue import Queue, has_rows, run_id
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of


def status_lines(queue: Queue, plan: Plan) -> Iterator[str]:
    """The lines that `status` prints."""
    trials = {run_id(trial): trial for trial in queue.trials() if has_rows(trial) or not trial.state.is_finished()}
    finished = {identity: trial.user_attrs["rows"] for identity, trial in trials.items() if has_rows(trial)}
    planned = plan.planned_runs(finished)
    unfinished = [run for run in planned if run.run_id not in finished]
    running = {run.run_id for run in unfinished if _is_running(trials.get(run.run_id))}
    ages = heartbeat_ages(queue.storage, {trials[i]._trial_id for i in running}, GRACE_SECONDS, queue.notify)
    workers = sum(ages.get(trials[identity]._trial_id, 0) < GRACE_SECONDS for identity in running)

    counts = Counter(status_of(finished[run.run_id]) for run in planned if run.run_id in finished)
    by_status = ", ".join(f"{counts[status]} {status}" for status in ("done", "pruned", "diverged", "failed"))
    waiting = plan.size - len(planned) + len(unfinished) - len(running)
    yield f"runs      {plan.size}: {by_status}, {len(running)} running, {waiting} waiting"
    yield f"left      {_time_left(plan, planned, finished, trials, workers)}"
    if running:
        yield ""
        yield from _table(
            ("running", "arm", "levels", "seed", "epoch", "worker", "since", "last heartbeat"),
            [_running_row(run, trials[run.run_id], ages) for run in planned if run.run_id in running],
        )
    failed = [
        run for run in planned if run.run_id in finished and status_of(finished[run.run_id]) in ("failed", "diverged")
    ]
    if failed:
        yield ""
        yield from _table(
            ("failed", "arm", "levels", "seed", "reason"),
            [(*_identity(run), finished[run.run_id]["runs"][0]["reason"]) for run in failed],
        )


def _is_running(trial: FrozenTrial | None) -> bool:
    return trial is not None and trial.state == TrialState.RUNNING


def _time_left(
    plan: Plan,
    planned: Sequence[Run],
    finished: Mapping[str, Rows],
    trials: Mapping[str, FrozenTrial],
    workers: int,
) -> str:
    """Estimated from the mean time of an epoch of finished runs, and the number of live workers."""
    epochs = {run.run_id: run.setup.training.epochs for run in planned}
    unplanned = (plan.size - len(planned)) * max(epochs.values())
    trained = {identity: len(trial.intermediate_values) for identity, trial in trials.items()}
    left = unplanned + sum(epochs[i] - trained.get(i, 0) for i in epochs if i not in finished)
    if not left:
        return "nothing"
    epoch_seconds = [
        rows["runs"][0]["seconds"] / trained[identity]
        for identity, rows in finished.items()
        if identity in epochs and rows["runs"][0]["seconds"]
    ]
    if not workers:
        return "no worker is running; continue with `run` or `work`"
    if not epoch_seconds:
        return "unknown until the first run is done"
    return f"about {left * fmean(epoch_seconds) / workers / 60:.0f} min with {workers} running"


def _running_row(run: Run, trial: FrozenTrial, ages: Mapping[int, float]) -> tuple[str, ...]:
    worker: dict[str, Any] = trial.user_attrs.get("worker", {"host": "?", "pid": "?", "since": "?"})
    age = ages.get(trial._trial_id)
    heartbeat = "none yet" if age is None else "unknown" if age == math.inf else f"{age:.0f} s ago"
    if age is not None and age >= GRACE_SECONDS:
        heartbeat += " (stale: another worker gets the run)"
    return (
        *_identity(run),
        f"{len(trial.intermediate_values)} of {run.setup.training.epochs}",
        f"{worker['host']}:{worker['pid']}",
        worker["since"],
        heartbeat,
    )


def _identity(run: Run) -> tuple[str, ...]:
    levels = ", ".join(f"{name}={value}" for name, value in run.variant.levels.items())
    trial = f" (trial {run.trial.number})" if run.trial else ""
    return run.run_id, run.variant.arm + trial, levels or "-", str(run.seed)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
