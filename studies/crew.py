"""The workers of one command: started, watched, accounted for if they die; and the bar that says how long it takes."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from studies.objective import failed
from studies.planner import Run
from studies.queue import Queue
from studies.worker import work

POLL_SECONDS = 0.5


def employ(queue: Queue, folder: Path, study: str, runs: Sequence[Run], workers: int) -> None:
    """Has those of `runs` that wait done by so many processes; KeyboardInterrupt ends them, and is passed on.

    The run of a worker that dies is settled as failed and another worker takes the place; a worker that dies with no
    run in hand is not replaced, as the next would fare no better.
    """
    left = queue.unfinished()
    epochs = {run.run_id: run.training.epochs for run in runs if run.run_id in left}
    if not epochs:
        return
    crew: list[SpawnProcess] = []
    with _bar(study, sum(epochs.values())) as bar:
        try:
            for _ in range(min(workers, len(epochs))):
                crew.append(_start(folder, study, frozenset(epochs)))
            while crew:
                wait([process.sentinel for process in crew], timeout=POLL_SECONDS)
                for process in [process for process in crew if not process.is_alive()]:
                    crew.remove(process)
                    reason = f"the worker process died with exit status {process.exitcode}"
                    if process.exitcode and process.pid and queue.fail(process.pid, failed(reason)):
                        crew.append(_start(folder, study, frozenset(epochs)))
                _advance(bar, study, epochs, queue.unfinished())
        finally:
            for process in crew:
                process.terminate()
                process.join()


def _start(folder: Path, study: str, wanted: frozenset[str]) -> SpawnProcess:
    # Ctrl-C reaches every process of a terminal. The workers are born deaf to it: this process ends them, and in order.
    hearing = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = multiprocessing.get_context("spawn").Process(target=work, args=(folder, study, wanted), daemon=True)
        process.start()
    finally:
        signal.signal(signal.SIGINT, hearing)
    return process


def _bar(study: str, total: int) -> tqdm[NoReturn]:
    """Over epochs, for an estimate before the first run is done; seldom redrawn where nobody watches it live."""
    return tqdm(
        desc=study,
        total=total,
        smoothing=0,
        mininterval=POLL_SECONDS if sys.stderr.isatty() else 15,
        bar_format="{desc} |{bar:30}| {percentage:3.0f}% [{elapsed}<{remaining}]",
    )


def _advance(bar: tqdm[NoReturn], study: str, epochs: dict[str, int], left: dict[str, int]) -> None:
    mine = epochs.keys() & left.keys()
    bar.set_description_str(f"{study}: {len(epochs) - len(mine)} of {len(epochs)} runs", refresh=False)
    bar.update(sum(epochs.values()) - sum(epochs[run_id] - left[run_id] for run_id in mine) - bar.n)
