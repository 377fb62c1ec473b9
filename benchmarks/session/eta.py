"""The estimated time that is left, printed between the dots of pytest."""

from __future__ import annotations

import time

import pytest

MESSAGE_SECONDS = 15.0
"""The time between two messages."""


class Progress:
    """A pytest plugin that prints the time left: the remaining tests times the mean duration of those that ran.

    A skipped test, such as one that was measured before the session was interrupted, does not enter the mean.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.finished = self.ran = 0
        self.seconds = 0.0
        """The duration of all tests that ran."""
        self.last_message = time.monotonic()

    @pytest.hookimpl(tryfirst=True)  # before the terminal reporter asks for the status of the same report
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped:
            self.seconds += report.duration
            self.ran += report.when == "call"

    def pytest_runtest_logfinish(self) -> None:
        self.finished += 1

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        now = time.monotonic()
        if report.when != "call" or not report.passed or now - self.last_message < MESSAGE_SECONDS:
            return None
        self.last_message = now
        seconds_left = (self.total - self.finished - 1) * self.seconds / self.ran
        eta = f"(about {minutes_seconds(seconds_left)} left)"
        return "passed", f". {eta} ", f"PASSED {eta}"


def minutes_seconds(seconds: float) -> str:
    """Minutes and seconds, for example 3:07."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
