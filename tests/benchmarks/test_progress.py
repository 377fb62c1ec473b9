"""What a session says of the time that is left."""

from __future__ import annotations

from typing import Literal

import pytest

from benchmarks.session.eta import Progress, clock


def done(progress: Progress, outcome: Literal["passed", "skipped", "failed"], seconds: float) -> str:
    """The status of one more test that took so long, as pytest would print it."""
    report = pytest.TestReport("suite", ("suite", 1, "test"), {}, outcome, None, "call", duration=seconds)
    progress.pytest_runtest_logreport(report)
    progress.spoken = float("-inf")
    status = progress.pytest_report_teststatus(report)
    progress.pytest_runtest_logfinish()
    return status[2] if status else ""


def test_the_tests_still_to_come_are_taken_to_last_as_long_as_those_that_ran() -> None:
    progress = Progress(10)
    assert done(progress, "passed", 60.0) == "PASSED (about 9:00 left)"
    assert done(progress, "failed", 30.0) == ""
    assert done(progress, "passed", 0.0) == "PASSED (about 3:30 left)"


def test_what_was_measured_before_neither_takes_time_nor_tells_of_the_rest() -> None:
    progress = Progress(10)
    for _ in range(7):
        done(progress, "skipped", 0.01)
    assert done(progress, "passed", 60.0) == "PASSED (about 2:00 left)"


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (59.6, "1:00"), (187.0, "3:07"), (5400.0, "90:00")])
def test_the_clock_says_minutes_and_seconds(seconds: float, said: str) -> None:
    assert clock(seconds) == said
