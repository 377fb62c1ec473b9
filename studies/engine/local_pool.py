"""Worker processes on this machine, of which `--workers` sets the number."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import time
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import Connection, Listener, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

from results.cores import usable_cores
from results.errors import InputError, reason_of
from studies.engine.pool import Pool, notify
from studies.engine.queue import Queue
from studies.engine.worker import EXIT_OTHER_CODE, EXIT_RETRY_TIMEOUT, WorkerConfig, start_worker
from studies.sources.code import changes, files_of
from studies.sources.source import find, load_installed

PRELOADED = ["studies.engine.worker", "alembic.command"]
"""What a worker needs, and what Optuna imports at its first use."""
HAS_FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
"""False on Windows, where each worker imports everything again."""
MAX_IDLE_CRASHES = 5
"""No more workers are started after so many in a row died without a claimed run."""
REPEAT_NOTICE_SECONDS = 60.0
"""A notice that several workers send is shown once in this time."""


def default_workers(device: str) -> int:
    """One per core; one on a GPU, which several runs would only share."""
    return 1 if device == "cuda" else usable_cores()


class LocalPool(Pool):
    """Processes that claim and train runs. The run of one that dies continues from its checkpoint in another."""

    def __init__(self, queue: Queue, config: WorkerConfig, workers: int) -> None:
        super().__init__(queue, config)
        self._workers = min(workers, config.plan.size)
        self._pipes: dict[BaseProcess, Connection] = {}
        self._last_shown: dict[str, float] = {}
        self._idle_crashes = 0

    def start(self) -> None:
        for _ in range(self._workers):
            self._start_worker()

    def advance(self, seconds: float) -> bool:
        wait([process.sentinel for process in self._pipes], timeout=seconds)
        for process, notices in list(self._pipes.items()):
            has_exited = not process.is_alive()
            self._forward(notices)
            if has_exited:
                self._pipes.pop(process).close()
                self._replace(process)
        return bool(self._pipes)

    def stop(self) -> None:
        for process in self._pipes:
            process.terminate()
        for process in self._pipes:
            process.join()

    def _start_worker(self) -> None:
        context: ForkServerContext | SpawnContext = (
            get_context("forkserver") if HAS_FORKSERVER else get_context("spawn")
        )
        start_fork_server()  # workers start at once and share memory; a server that has died is replaced
        receiver, sender = context.Pipe(duplex=False)
        source = self.config.source
        code = find(source).code if source else load_installed(self.config.study)
        process = context.Process(
            target=start_worker, args=(self.config.study, source, code, pickle.dumps(self.config), sender), daemon=True
        )
        process.start()
        sender.close()
        self._pipes[process] = receiver

    def _replace(self, process: BaseProcess) -> None:
        if process.exitcode == EXIT_OTHER_CODE:
            check_unchanged(self.config)
        if process.exitcode and process.exitcode != EXIT_RETRY_TIMEOUT:
            released = self.queue.release(self.config.pool_id, process.pid)
            self._idle_crashes = 0 if released else self._idle_crashes + 1
            if self._idle_crashes < MAX_IDLE_CRASHES:
                self._start_worker()

    def _forward(self, notices: Connection) -> None:
        with contextlib.suppress(EOFError):  # the worker has exited
            while notices.poll():
                line: str = notices.recv()
                if time.monotonic() > self._last_shown.get(line, -REPEAT_NOTICE_SECONDS) + REPEAT_NOTICE_SECONDS:
                    self._last_shown[line] = time.monotonic()
                    notify(line)


def check_unchanged(config: WorkerConfig) -> None:
    """InputError if the files or the package of a study from outside this project are no longer those that this command
    has read."""
    different = f"the package of the study {config.study!r} has changed"
    if config.source:
        found = changes(dict(find(config.source).code), dict(files_of(config.source).code))
        different = f"{config.source}: {found}" if found else ""
    if different:
        raise InputError(
            f"{different} while its runs were trained; finished runs are kept; to resume, restore the code, or choose "
            "another folder with --out"
        )


def check_start() -> None:
    """InputError, before any work, if this process cannot start workers."""
    if not HAS_FORKSERVER:
        return
    try:
        Listener(family="AF_UNIX").close()  # the fork server listens at such a socket
    except OSError as error:
        raise InputError(
            f"TMPDIR={os.environ.get('TMPDIR', '')}: workers cannot be started, as they need a socket in that folder "
            f"({reason_of(error)}); expected a short path to a folder that can be written, such as TMPDIR=/tmp"
        ) from error


def start_fork_server() -> None:
    """Starts the process that forks the workers, which first imports what they need; returns at once."""
    if not HAS_FORKSERVER:
        return
    get_context("forkserver").set_forkserver_preload(PRELOADED)
    # Ctrl-C reaches every process of a terminal. The server and its workers inherit a blocked SIGINT, because this
    # process ends them in order. A SIGINT that reaches this process meanwhile is delivered when the block ends.
    resource_tracker.ensure_running()  # its start would lift the block
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
