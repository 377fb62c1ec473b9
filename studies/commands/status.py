"""The progress of a study, read from its storage: finished, running and waiting runs, the time left, failures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from results.terminal.output import Result
from results.text import duration
from studies.engine.heartbeat import GRACE_SECONDS, heartbeat_ages
from studies.engine.queue import Queue, has_rows, run_id
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, epochs_of, status_of


@dataclass(frozen=True)
class RunningRun:
    run: Run
    epoch: int
    worker: Mapping[str, Any]
    """Host, process id and start; empty if they are not known."""
    heartbeat: float | None
    """The age of the last one in seconds; None before the first, infinite if it is unknown."""

    @property
    def stale(self) -> bool:
        return self.heartbeat is not None and self.heartbeat >= GRACE_SECONDS

    def cells(self) -> tuple[str, ...]:
        age = self.heartbeat
        heartbeat = "none yet" if age is None else "unknown" if age == math.inf else f"{age:.0f} s ago"
        host, pid, since = (self.worker.get(key, "?") for key in ("host", "pid", "since"))
        return (
            *_identity(self.run),
            f"{self.epoch} of {self.run.setup.training.epochs}",
            f"{host}:{pid}",
            since,
            heartbeat + " (stale: another worker gets the run)" * self.stale,
        )

    def document(self) -> dict[str, Any]:
        return {
            **_identity_document(self.run),
            "epoch": self.epoch,
            "epochs": self.run.setup.training.epochs,
            "worker": {key: self.worker.get(key) for key in ("host", "pid", "since")},
            "heartbeat_seconds": self.heartbeat if self.heartbeat != math.inf else None,
            "stale": self.stale,
        }


@dataclass(frozen=True)
class Progress(Result):
    """What `status` prints."""

    study: str
    profile: str
    runs: int
    counts: Mapping[str, int]
    """Of the runs by their status, and of those that run and wait."""
    seconds_left: float | None
    """An estimate; None without a worker, and before the first finished run."""
    workers: int
    running: Sequence[RunningRun]
    failed: Sequence[tuple[Run, str]]
    """With their reasons; diverged runs too."""

    def lines(self) -> Iterator[str]:
        yield f"{self.study} ({self.profile})"
        yield f"runs      {self.runs}: {', '.join(f'{number} {status}' for status, number in self.counts.items())}"
        yield f"left      {self._time_left()}"
        if self.running:
            yield ""
            header = ("running", "arm", "levels", "seed", "epoch", "worker", "since", "last heartbeat")
            yield from _table(header, [one.cells() for one in self.running])
        if self.failed:
            yield ""
            rows = [(*_identity(run), reason) for run, reason in self.failed]
            yield from _table(("failed", "arm", "levels", "seed", "reason"), rows)

    def document(self) -> dict[str, Any]:
        return {
            "study": self.study,
            "profile": self.profile,
            "runs": self.runs,
            "counts": dict(self.counts),
            "seconds_left": self.seconds_left,
            "workers": self.workers,
            "running": [one.document() for one in self.running],
            "failed": [{**_identity_document(run), "reason": reason} for run, reason in self.failed],
        }

    def _time_left(self) -> str:
        if self.seconds_left == 0:
            return "nothing"
        if not self.workers:
            return "no worker is running; continue with `run` or `work`"
        if self.seconds_left is None:
            return "unknown until the first run is done"
        return f"about {duration(self.seconds_left)} with {self.workers} running"


def read_progress(queue: Queue, plan: Plan, study: str) -> Progress:
    """The progress of the study's plan, as it is in the storage now."""
    trials = {run_id(trial): trial for trial in queue.trials() if has_rows(trial) or not trial.state.is_finished()}
    finished = {identity: trial.user_attrs["rows"] for identity, trial in trials.items() if has_rows(trial)}
    planned = plan.planned_runs(finished)
    unfinished = [run for run in planned if run.run_id not in finished]
    unplanned = plan.size - len(planned) if unfinished else 0  # the size is an upper bound
    running = {run.run_id for run in unfinished if _is_running(trials.get(run.run_id))}
    ages = heartbeat_ages(queue.storage, {trials[i]._trial_id for i in running}, GRACE_SECONDS, queue.notify)
    workers = sum(ages.get(trials[identity]._trial_id, 0) < GRACE_SECONDS for identity in running)

    counts = Counter(status_of(finished[run.run_id]) for run in planned if run.run_id in finished)
    failures = [
        (run, finished[run.run_id]["runs"][0]["reason"])
        for run in planned
        if run.run_id in finished and status_of(finished[run.run_id]) in ("failed", "diverged")
    ]
    return Progress(
        study=study,
        profile=plan.profile,
        runs=len(planned) + unplanned,
        counts={
            **{status: counts[status] for status in ("done", "pruned", "diverged", "failed")},
            "running": len(running),
            "waiting": unplanned + len(unfinished) - len(running),
        },
        seconds_left=_seconds_left(unplanned, planned, finished, trials, workers),
        workers=workers,
        running=[_running_run(run, trials[run.run_id], ages) for run in planned if run.run_id in running],
        failed=failures,
    )


def _is_running(trial: FrozenTrial | None) -> bool:
    return trial is not None and trial.state == TrialState.RUNNING


def _running_run(run: Run, trial: FrozenTrial, ages: Mapping[int, float]) -> RunningRun:
    worker = trial.user_attrs.get("worker", {})
    return RunningRun(run, len(trial.intermediate_values), worker, ages.get(trial._trial_id))


def _seconds_left(
    unplanned: int,
    planned: Sequence[Run],
    finished: Mapping[str, Rows],
    trials: Mapping[str, FrozenTrial],
    workers: int,
) -> float | None:
    """Estimated from the mean time of an epoch of finished runs, and the number of live workers."""
    epochs = {run.run_id: run.setup.training.epochs for run in planned}
    trained = {identity: len(trial.intermediate_values) for identity, trial in trials.items()}
    left = unplanned * max(epochs.values()) + sum(epochs[i] - trained.get(i, 0) for i in epochs if i not in finished)
    if not left:
        return 0.0
    epoch_seconds = [
        rows["runs"][0]["seconds"] / ended
        for identity, rows in finished.items()
        if identity in epochs and rows["runs"][0]["seconds"] and (ended := trained[identity] or epochs_of(rows))
    ]
    return left * fmean(epoch_seconds) / workers if workers and epoch_seconds else None


def _identity(run: Run) -> tuple[str, ...]:
    levels = ", ".join(f"{name}={value}" for name, value in run.variant.levels.items())
    trial = f" (trial {run.trial.number})" if run.trial else ""
    return run.run_id, run.variant.arm + trial, levels or "-", str(run.seed)


def _identity_document(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "arm": run.variant.arm,
        "trial": run.trial.number if run.trial else None,
        "levels": dict(run.variant.levels),
        "seed": run.seed,
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
