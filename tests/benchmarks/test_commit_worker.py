"""The worker of `bench --commits` in a commit."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from benchmarks.commits.worker import Worker


def test_the_tests_run_in_the_order_of_the_command() -> None:
    """Two commits may collect them in different orders, and no test was timed beside the same one."""
    session: Any = SimpleNamespace(items=[SimpleNamespace(nodeid=name) for name in "xyz"], testsfailed=0)
    worker = Worker(io.StringIO('{"run": ["z", "x"]}\n'), io.StringIO())
    worker.pytest_collection_finish(session)
    assert [item.nodeid for item in session.items] == ["z", "x"]
