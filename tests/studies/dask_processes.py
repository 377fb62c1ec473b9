"""`dask scheduler`, `dask worker` and commands as processes, forked from a Python that has imported what they need.

They are the programs that a user starts; only their imports, 3 seconds of processor time each, are done once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

SERVER = """
import importlib, json, os, runpy, sys
import alembic.command, distributed.cli.dask_scheduler, distributed.cli.dask_worker, optuna, torch
import studies.command_line.study_commands, studies.commands.run

for line in sys.stdin:
    request = json.loads(line)
    if "wait" in request:
        print(os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1]), flush=True)
        continue
    child = os.fork()
    if child:
        print(child, flush=True)
        continue
    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(stream, number)
    for name, value in request["settings"].items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, value)
    sys.argv = [request["module"], *request["words"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    sys.exit()
"""
PATIENCE_SECONDS = 120.0
"""After which a test fails that would hang."""


class Server:
    """Starts processes; all that still run are killed at its end."""

    def __init__(self) -> None:
        self._python = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._processes: list[Process] = []

    def start(self, log: Path, module: str, *words: str, **settings: float) -> Process:
        """`python -m MODULE WORDS` that writes into the file `log`; `settings` replace constants of modules."""
        request = {"module": module, "words": words, "log": str(log), "settings": settings}
        process = Process(self, int(self._answer(request)), log)
        self._processes.append(process)
        return process

    def status(self, pid: int) -> int:
        """Waits for the process; its exit status, negative for a signal."""
        return int(self._answer({"wait": pid}))

    def stop(self) -> None:
        for process in self._processes:
            if process.is_alive():
                process.kill()
        with self._python:
            assert self._python.stdin
            self._python.stdin.close()

    def _answer(self, request: Mapping[str, Any]) -> str:
        assert self._python.stdin
        assert self._python.stdout
        print(json.dumps(request), file=self._python.stdin, flush=True)
        return self._python.stdout.readline()


class Process:
    def __init__(self, server: Server, pid: int, log: Path) -> None:
        self.pid = pid
        self._server = server
        self._log = log

    def is_alive(self) -> bool:
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def kill(self) -> None:
        """SIGKILL; returns once all threads of the process are gone, and with them its locks."""
        os.kill(self.pid, signal.SIGKILL)
        self._server.status(self.pid)

    def output(self) -> str:
        """What it has written so far."""
        return self._log.read_text() if self._log.exists() else ""

    def end(self) -> tuple[int, str]:
        """Waits for the process -> its exit status, and its output."""
        return self._server.status(self.pid), self.output()


class Cluster:
    """A scheduler on the loopback, and its workers."""

    def __init__(self, server: Server, folder: Path, *security: str) -> None:
        """`security` are the options of Dask for TLS."""
        folder.mkdir()
        self._server = server
        self._folder = folder
        self._security = security
        self._file = folder / "scheduler.json"
        self.workers: list[Process] = []
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self._file)]
        self.scheduler = server.start(folder / "scheduler", "distributed.cli.dask_scheduler", *words, *security)

    @property
    def address(self) -> str:
        wait_until(lambda: self._file.exists() and self._file.read_text().endswith("}"))
        address: str = json.loads(self._file.read_text())["address"]
        return address

    def add_worker(self, *words: str) -> Process:
        """A worker, which is not restarted if it dies."""
        worker = self._server.start(
            self._folder / f"worker{len(self.workers)}",
            "distributed.cli.dask_worker",
            *(self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"),
            *("--local-directory", str(self._folder), *self._security, *words),
        )
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process.is_alive():
                process.kill()


def wait_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
