"""`python -m benchmarks.commits.worker OPTIONS`, in a folder with the code of a commit: times what stdin asks for.

Both directions are JSON, a message a line. The first one lists the tests that the options select; the answer says which
of them to run. Each test then reports that it is ready, serves requests (`benchmarks.session.on_request`), and reports
how it ended. A test that fails or is skipped may end without having been ready. The process ends when its stdin does.

The other process may run the code of another commit. A change of the messages therefore raises `PROTOCOL`, and the
command refuses commits with another number.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import pytest

from benchmarks.session.command import PACKAGE, PLACE
from benchmarks.session.on_request import ON_REQUEST, OnRequest

PROTOCOL = 1


class Worker:
    """The pytest plugin that exchanges messages with the command."""

    def __init__(self, requests: TextIO, replies: TextIO) -> None:
        self.requests = requests
        self.replies = replies
        self.ended = {"outcome": "passed", "reason": ""}
        """How the current test ended, so far."""

    def send(self, message: dict[str, Any]) -> None:
        self.replies.write(f"{json.dumps(message)}\n")
        self.replies.flush()

    def receive(self) -> dict[str, Any]:
        line = self.requests.readline()
        if not line.endswith("\n"):
            os._exit(1)  # the command has ended, and no test or plugin should report that
        message: dict[str, Any] = json.loads(line)
        return message

    @pytest.hookimpl(tryfirst=True)  # before benchmarks/conftest.py, which otherwise prepares an output folder
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[ON_REQUEST] = OnRequest(self.send, self.receive)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.send({"tests": [item.nodeid for item in session.items], "failed": session.testsfailed})
        # In the order of the command, which drives two commits whose orders may differ.
        by_id = {item.nodeid: item for item in session.items}
        session.items[:] = [by_id[test] for test in self.receive()["run"]]

    def pytest_runtest_logstart(self) -> None:
        self.ended = {"outcome": "passed", "reason": ""}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else _last_line(report.longreprtext)
            self.ended = {"outcome": report.outcome, "reason": reason}

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.send({"test": nodeid, **self.ended})


def _last_line(text: str) -> str:
    """The error in a traceback of pytest: the last line that it marks."""
    marked = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return marked[0] if marked else text.strip().rpartition("\n")[2]


def main(words: Sequence[str]) -> int:
    requests = io.TextIOWrapper(io.FileIO(os.dup(0)), encoding="utf-8")
    replies = io.TextIOWrapper(io.FileIO(os.dup(1), "w"), encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # whatever else the session prints
    suites = str(PACKAGE / "suites")
    plain = ["-p", "no:cacheprovider", "--capture", "no", "--quiet"]
    return int(pytest.main([*PLACE, *plain, suites, *words], plugins=[Worker(requests, replies)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
