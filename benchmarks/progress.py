"""How long is left, said on the line of dots that pytest prints anyway."""

from __future__ import annotations

import time

import pytest

SPEAK_EVERY_SECONDS = 15.0


class Progress:
    """A pytest plugin. It takes the tests still to come to last as long as those done did on average."""

    def __init__(self) -> None:
        self.total = self.done = 0
        self.started = self.spoken = time.monotonic()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = len(session.items)
        self.started = self.spoken = time.monotonic()

    def pytest_runtest_logfinish(self) -> None:
        self.done += 1

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        now = time.monotonic()
        if report.when != "call" or not report.passed or now - self.spoken < SPEAK_EVERY_SECONDS:
            return None
        self.spoken = now
        left = (self.total - self.done - 1) * (now - self.started) / (self.done + 1)
        eta = f"(about {clock(left)} left)"
        return "passed", f". {eta} ", f"PASSED {eta}"


def clock(seconds: float) -> str:
    """Minutes and seconds, as 3:07."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
