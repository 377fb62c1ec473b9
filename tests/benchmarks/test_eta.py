"""The estimated time that is left."""

from __future__ import annotations

from typing import Literal

import pytest

from benchmarks.session.eta import MESSAGE_SECONDS, Progress, minutes_seconds


def status_of(progress: Progress, outcome: Literal["passed", "skipped", "failed"], seconds: float) -> str:
    """What pytest prints as the status of one more test with this duration."""
    report = pytest.TestReport("suite", ("suite", 1, "test"), {}, outcome, None, "call", duration=seconds)
    progress.pytest_runtest_logreport(report)
    progress.last_message = float("-inf")
    status = progress.pytest_report_teststatus(report)
    progress.pytest_runtest_logfinish()
    return status[2] if status else ""


def test_remaining_tests_are_expected_to_take_the_mean_duration() -> None:
    progress = Progress(10)
    assert status_of(progress, "passed", 60.0) == "PASSED (about 9:00 left)"
    assert status_of(progress, "failed", 30.0) == ""
    assert status_of(progress, "passed", 0.0) == "PASSED (about 3:30 left)"


def test_skipped_tests_do_not_enter_the_mean() -> None:
    progress = Progress(10)
    for _ in range(7):
        status_of(progress, "skipped", 0.01)
    assert status_of(progress, "passed", 60.0) == "PASSED (about 2:00 left)"


def test_the_time_left_is_printed_at_intervals() -> None:
    progress = Progress(10)
    report = pytest.TestReport("suite", ("suite", 1, "test"), {}, "passed", None, "call", duration=1.0)
    progress.pytest_runtest_logreport(report)
    assert progress.pytest_report_teststatus(report) is None
    progress.last_message -= MESSAGE_SECONDS
    assert progress.pytest_report_teststatus(report) is not None
    assert progress.pytest_report_teststatus(report) is None


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (187.0, "3:07"), (5400.0, "90:00")])
def test_times_are_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert minutes_seconds(seconds) == text
