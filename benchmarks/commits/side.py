"""A worker's process, seen from the command that drives it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.text import single_line

USAGE_ERROR = 4
"""The exit status of pytest for options that it refuses"""


class WorkerError(Exception):
    """A worker ended, or could not collect its tests. The message is one line."""


class TestEnded(Exception):
    """The current test of a side has ended before it was asked to. `message` is its last one."""

    def __init__(self, name: str, message: dict[str, Any]) -> None:
        super().__init__(name)
        self.name, self.message = name, message


class Side:
    """Use it as a context manager, which ends the process."""

    def __init__(self, name: str, code: Path, options: Sequence[str], log: Path) -> None:
        """Starts a worker on the code in a folder; what it prints goes into the log."""
        self.name = name
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.commits.worker", *options],
                cwd=code,
                env={**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for the command, which ends its workers
            )

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with self.process:  # closes the pipes
            pass

    def tests(self) -> list[str]:
        """The ids of the selected tests, once they are collected. Raises InputError for options that pytest refuses."""
        try:
            message = self.receive()
        except WorkerError as error:
            if self.process.returncode == USAGE_ERROR:
                raise InputError(f"the suites of {self.name} cannot be selected{self._last_printed()}") from error
            raise
        if message["failed"]:
            raise WorkerError(f"the suites of {self.name} cannot be collected{self._last_printed()}")
        tests: list[str] = message["tests"]
        return tests

    def run(self, tests: Collection[str]) -> None:
        self.send({"run": [*tests]})

    def seconds(self, calls: int) -> float:
        """The median seconds of a call of the current test. Raises TestEnded if it fails."""
        self.send({"calls": calls})
        message = self.receive()
        if "seconds" not in message:
            raise TestEnded(self.name, message)
        return float(message["seconds"])

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(f"{json.dumps(message)}\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line.endswith("\n"):
            raise self._ended()
        message: dict[str, Any] = json.loads(line)
        return message

    def _ended(self) -> WorkerError:
        return WorkerError(f"the process of {self.name} ended with status {self.process.wait()}{self._last_printed()}")

    def _last_printed(self) -> str:
        """The last error in the log, or else its last line."""
        lines = [" ".join(single_line(line).split()) for line in self.log.read_text(errors="replace").splitlines()]
        said = [line for line in lines if line.strip(" =!")]
        errors = [line for line in said if re.match(r"E |\w*Error\b|ERROR: (?!usage)|.*: error: ", line)]
        return f": {[*said, *errors][-1]}" if said else ""
