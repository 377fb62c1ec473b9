"""The workers of one command: the loop that follows a plan until it is finished, and shows a bar.

Local processes (`local_pool`) and the nodes of a cluster (`studies.cluster`) are two kinds of workers.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NoReturn

from tqdm import tqdm

from results.terminal.process import say
from results.text import plural
from studies.engine.queue import Queue
from studies.engine.scheduler import PlanProgress, enqueue
from studies.engine.worker import WorkerConfig

POLL_SECONDS = 0.5
ENQUEUE_SECONDS = 5.0
"""Interval between two calls of the scheduler, which finds interrupted runs and newly planned ones."""
MAX_POLLING_FRACTION = 0.05
"""The fraction of its time that this process spends on reading the storage, which is slow with many runs."""


def notify(line: str) -> None:
    """Shows a line to the user on stderr, above the progress bar if there is one."""
    with tqdm.external_write_mode(file=sys.stderr):
        say(line)


class Pool(ABC):
    """Workers that train the runs of a plan."""

    why_ended = "all workers have stopped"
    """Why the pool has ended before the plan is finished."""

    def __init__(self, queue: Queue, config: WorkerConfig) -> None:
        self.queue = queue
        self.config = config
        self.progress = PlanProgress((), {})
        """As of the last call of the scheduler, which `run` repeats."""

    @abstractmethod
    def start(self) -> None:
        """Starts the workers. `stop` is called in any case."""

    @abstractmethod
    def advance(self, seconds: float) -> bool:
        """Waits for the workers, at most so long, and replaces lost ones; False once there is nothing to wait for."""

    @abstractmethod
    def stop(self) -> None:
        """Ends the workers; their runs are released by the caller."""

    def run(self) -> PlanProgress:
        """Trains the runs of the plan; returns the progress at the end.

        Any exception ends the workers and releases their runs.
        """
        queue = self.queue
        self.schedule()
        if not self.progress.unfinished:
            return self.progress
        schedule, redraw = Throttle(ENQUEUE_SECONDS), Throttle(POLL_SECONDS)
        with _bar(self.config.study) as bar:
            _advance(bar, self.config, self.progress, queue.unfinished())
            bar.initial = bar.n  # the speed is estimated from the epochs of this command alone
            try:
                self.start()
                while self.advance(POLL_SECONDS):
                    if schedule.due():
                        with schedule:
                            self.schedule()
                    if redraw.due():
                        with redraw:
                            _advance(bar, self.config, self.progress, queue.unfinished())
                self.schedule()
                _advance(bar, self.config, self.progress, queue.unfinished())
            except BaseException:
                self.stop()
                queue.give_back(self.config.pool_id)
                raise
            finally:
                self.stop()
        return self.progress

    def schedule(self) -> None:
        """Calls the scheduler."""
        self.progress = enqueue(self.queue, self.config.plan)


class Throttle:
    """Limits how often work is done: at most every so many seconds, and less often if the work is slow."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = self._started = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() >= self._due

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - self._started) / MAX_POLLING_FRACTION)


def _bar(study: str) -> tqdm[NoReturn]:
    """A bar over epochs, so that it estimates the time before the first run is finished; rarely redrawn in a file."""
    return tqdm(
        desc=study,
        total=1,
        smoothing=0,
        mininterval=POLL_SECONDS if sys.stderr.isatty() else 15,
        bar_format="{desc} |{bar:30}| {percentage:3.0f}% [{elapsed}<{remaining}]",
    )


def _advance(bar: tqdm[NoReturn], config: WorkerConfig, progress: PlanProgress, unfinished: Mapping[str, int]) -> None:
    """Moves the bar. Tuning runs that cannot be planned yet count as long as the longest planned run."""
    epochs = {run.run_id: run.setup.training.epochs for run in progress.runs}
    unplanned = config.plan.size - len(epochs) if progress.unfinished else 0  # the size is an upper bound
    open_ids = epochs.keys() & unfinished.keys()
    finished = len(epochs) - len(open_ids)
    bar.set_description_str(f"{config.study}: {finished} of {plural(len(epochs) + unplanned, 'run')}", refresh=False)
    bar.total = sum(epochs.values()) + unplanned * max(epochs.values())
    bar.update(sum(epochs.values()) - sum(epochs[i] - unfinished[i] for i in open_ids) - bar.n)
