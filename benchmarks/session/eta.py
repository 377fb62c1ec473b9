"""How long is left, said on the line of dots that pytest prints anyway."""

from __future__ import annotations

import time

import pytest

SPEAK_EVERY_SECONDS = 15.0


class Progress:
    """A pytest plugin. It takes the tests still to come to last as long as those that ran did on average.

    A test that is skipped, as what was measured before a session was cut off, tells nothing of the others.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = self.ran = 0
        self.seconds = 0.0
        """What the tests that ran took."""
        self.spoken = time.monotonic()

    @pytest.hookimpl(tryfirst=True)  # before the report whose line asks for the status
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped:
            self.seconds += report.duration
            self.ran += report.when == "call"

    def pytest_runtest_logfinish(self) -> None:
        self.done += 1

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        now = time.monotonic()
        if report.when != "call" or not report.passed or now - self.spoken < SPEAK_EVERY_SECONDS:
            return None
        self.spoken = now
        left = (self.total - self.done - 1) * self.seconds / self.ran
        eta = f"(about {clock(left)} left)"
        return "passed", f". {eta} ", f"PASSED {eta}"


def clock(seconds: float) -> str:
    """Minutes and seconds, as 3:07."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
