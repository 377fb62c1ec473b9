"""How a study is getting on, read from its storage: what is settled, who has what in hand, what waits, and how long."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from studies.engine.heartbeat import GRACE_SECONDS, ages
from studies.engine.queue import Queue, is_settled, run_id
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of


def status_lines(queue: Queue, plan: Plan) -> Iterator[str]:
    """The lines that `status` prints of a plan."""
    trials = {run_id(trial): trial for trial in queue.trials() if is_settled(trial) or not trial.state.is_finished()}
    settled = {identity: trial.user_attrs["rows"] for identity, trial in trials.items() if is_settled(trial)}
    known = plan.known(settled)
    waiting = [run for run in known if run.run_id not in settled]
    in_hand = {run.run_id for run in waiting if _is_running(trials.get(run.run_id))}
    silent = ages(queue.storage, {trials[i]._trial_id for i in in_hand}, GRACE_SECONDS, queue.tell)
    alive = sum(silent.get(trials[identity]._trial_id, 0) < GRACE_SECONDS for identity in in_hand)

    counts = Counter(status_of(settled[run.run_id]) for run in known if run.run_id in settled)
    said = ", ".join(f"{counts[status]} {status}" for status in ("done", "pruned", "diverged", "failed"))
    still = plan.size - len(known) + len(waiting) - len(in_hand)
    yield f"runs      {plan.size}: {said}, {len(in_hand)} running, {still} waiting"
    yield f"left      {_left(plan, known, settled, trials, alive)}"
    if in_hand:
        yield ""
        yield from _table(
            ("running", "arm", "levels", "seed", "epoch", "worker", "since", "last heartbeat"),
            [_running(run, trials[run.run_id], silent) for run in known if run.run_id in in_hand],
        )
    failed = [
        run for run in known if run.run_id in settled and status_of(settled[run.run_id]) in ("failed", "diverged")
    ]
    if failed:
        yield ""
        yield from _table(
            ("failed", "arm", "levels", "seed", "reason"),
            [(*_identity(run), settled[run.run_id]["runs"][0]["reason"]) for run in failed],
        )


def _is_running(trial: FrozenTrial | None) -> bool:
    return trial is not None and trial.state == TrialState.RUNNING


def _left(
    plan: Plan,
    known: Sequence[Run],
    settled: Mapping[str, Rows],
    trials: Mapping[str, FrozenTrial],
    alive: int,
) -> str:
    """From what an epoch took so far, and the workers that are there now."""
    epochs = {run.run_id: run.training.epochs for run in known}
    to_come = (plan.size - len(known)) * max(epochs.values())
    behind = {identity: len(trial.intermediate_values) for identity, trial in trials.items()}
    left = to_come + sum(epochs[i] - behind.get(i, 0) for i in epochs if i not in settled)
    if not left:
        return "nothing"
    rates = [
        rows["runs"][0]["seconds"] / behind[identity]
        for identity, rows in settled.items()
        if identity in epochs and rows["runs"][0]["seconds"]
    ]
    if not alive:
        return "nobody is at work; `run` or `work` goes on"
    if not rates:
        return "unknown before the first run is done"
    return f"about {left * fmean(rates) / alive / 60:.0f} min with {alive} at work"


def _running(run: Run, trial: FrozenTrial, silent: Mapping[int, float]) -> tuple[str, ...]:
    worker: dict[str, Any] = trial.user_attrs.get("worker", {"host": "?", "pid": "?", "since": "?"})
    seconds = silent.get(trial._trial_id)
    beat = "none yet" if seconds is None else "unknown" if seconds == math.inf else f"{seconds:.0f} s ago"
    if seconds is not None and seconds >= GRACE_SECONDS:
        beat += " (silent: the run goes to another)"
    return (
        *_identity(run),
        f"{len(trial.intermediate_values)} of {run.training.epochs}",
        f"{worker['host']}:{worker['pid']}",
        worker["since"],
        beat,
    )


def _identity(run: Run) -> tuple[str, ...]:
    levels = ", ".join(f"{name}={value}" for name, value in run.levels.items())
    trial = f" (trial {run.trial.number})" if run.trial else ""
    return run.run_id, run.arm + trial, levels or "-", str(run.seed)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
