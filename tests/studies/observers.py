"""Observers of a running study, which act at a given moment, for example by killing a worker."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import sqlalchemy
from commands import LONG
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import OperationalError, ProgrammingError

from studies.engine.storage import default_url, open_storage, parse_url


class Observer:
    """Waits for conditions that must become true before the study ends."""

    def __init__(self, over: Callable[[], Any]) -> None:
        self._over = over

    def wait_until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            assert not self._over(), "the study ended first"
            time.sleep(0.05)

    def wait_for(self, url: str, condition: Callable[[list[FrozenTrial]], Any]) -> list[FrozenTrial]:
        """Waits until the trials in the storage meet the condition, and returns them."""
        self.wait_until(lambda: _is_made(url))
        with open_storage(url, create=False) as storage:
            seen: list[FrozenTrial] = []

            def look() -> Any:
                ids = [study._study_id for study in storage.get_all_studies()]
                seen[:] = storage.get_all_trials(ids[0], deepcopy=False) if ids else []
                return condition(seen)

            self.wait_until(look)
        return seen


class Command(Observer):
    """`python -m studies` with these arguments, in its own process group, with its stderr in the file `log`."""

    def __init__(self, log: Path, *words: str, **environment: str) -> None:
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "studies", *words],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                start_new_session=True,
                env=os.environ | environment,
            )
        super().__init__(lambda: self.process.poll() is not None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Kills all of its processes, also if the test fails."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with self.process:  # waits, and closes its pipe
            pass

    def stderr(self) -> str:
        """What it has written to stderr so far."""
        return self._log.read_text()

    def end(self) -> tuple[int, str]:
        """Waits for the command and its workers -> the exit status, and what was printed."""
        out, _ = self.process.communicate()
        return self.process.returncode, out


@contextlib.contextmanager
def in_parallel(action: Callable[[Observer], None]) -> Iterator[None]:
    """Runs the action in another thread beside the block; an error of the action is raised."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(action, Observer(over.is_set))
        try:
            yield
        finally:
            over.set()
        done.result()


def training_workers(trials: list[FrozenTrial]) -> list[int]:
    """The processes in the first half of a run of `LONG` that has a checkpoint; empty until one run is complete."""
    if not any(trial.state == TrialState.COMPLETE for trial in trials):
        return []
    running = [trial for trial in trials if trial.state == TrialState.RUNNING and "worker" in trial.user_attrs]
    # An epoch is stored before its checkpoint is written, so only the second one shows that there is a checkpoint.
    begun = [trial for trial in running if 2 <= len(trial.intermediate_values) <= LONG["epochs"] / 2]
    return [trial.user_attrs["worker"]["pid"] for trial in begun]


def open_trials(folder: Path) -> list[FrozenTrial]:
    """The trials of the study in the folder's storage; none before it is made."""
    url = default_url(folder)
    if not _is_made(url):
        return []
    with open_storage(url, create=False) as storage:
        ids = [study._study_id for study in storage.get_all_studies()]
        return storage.get_all_trials(ids[0]) if ids else []


def _is_made(url: str) -> bool:
    """Whether the tables exist. Checked without Optuna, which would create them."""
    parsed = parse_url(url)
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").is_file():
        return False
    engine = sqlalchemy.create_engine(parsed)
    try:
        with engine.connect() as connection:
            return connection.exec_driver_sql("SELECT 1 FROM alembic_version").first() is not None
    except (OperationalError, ProgrammingError):
        return False
    finally:
        engine.dispose()
