"""Whether a curve that does not reach 99% is called flat or still rising."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.study.arm_summary import ArmSummary
from results.report.study.answer.plateau import plateau_sentences, plateau_tables
from results.statistics import mean_interval, time_to_threshold

SETTINGS = {"baseline": "none"}


def arm(rises: list[float], *, reached: int = 0, level: int = 20, name: str = "none") -> ArmSummary:
    """Ten runs that end at 0.7, but for those that reached 99% at step 50."""
    steps = [50.0] * reached + [math.inf] * (10 - reached)
    ends: Any = mean_interval([0.7] * 10)
    return ArmSummary(
        levels={"max_length": level},
        arm=name,
        planned=10,
        done=10,
        diverged=0,
        failed=0,
        accuracy=ends,
        interquartile_accuracy=ends,
        exact_match=ends,
        longer=mean_interval([]),
        time_to_99=time_to_threshold(steps, 1000),
        steps=steps,
        budget=1000,
        rises=rises,
        parameters=100,
        seconds=1.0,
    )


def curve(one: ArmSummary) -> str:
    return plateau_tables([one])[0].rows[0][-1]


@given(st.lists(st.floats(-0.2, 0.2), min_size=10, max_size=10))
def test_a_curve_still_rises_only_if_the_mean_rise_and_its_interval_say_so(rises: list[float]) -> None:
    interval = mean_interval(rises)
    word = curve(arm(rises))
    assert (word == "still rising") == (interval.low > 0)
    assert (word == "falling") == (interval.high < 0 and interval.estimate <= -0.01 and interval.low < -0.01)
    assert (word == "flat") == (-0.01 <= interval.low <= 0 and interval.high <= 0.01)
    words = {
        "flat": ("Yes, within", ""),
        "still rising": ("No, not within", ", as it still rises"),
        "falling": ("Not known within", ", as it falls"),
        "not known": ("Not known within", ""),
    }
    before, after = words[word]
    answer = plateau_sentences([arm(rises)], SETTINGS)[0]
    assert answer.startswith(f"Does the arm none have a plateau? {before} 1,000 steps at max_length = 20{after}: no ")


@pytest.mark.parametrize(
    ("rises", "word"),
    [
        ([0.02] * 10, "still rising"),
        ([0.003] * 10, "still rising"),
        ([0.009, -0.009] * 5, "flat"),
        ([-0.009] * 10, "flat"),
        ([-0.1] * 10, "falling"),
        ([0.03, *[0.006] * 9], "still rising"),
        ([-0.03, *[-0.006] * 9], "not known"),
        ([0.3] + [0.0] * 9, "not known"),
        ([0.3], "not known"),
        ([0.0], "not known"),
    ],
)
def test_a_rise_is_judged_by_its_size_and_its_interval(rises: list[float], word: str) -> None:
    assert curve(arm(rises)) == word


def test_an_arm_whose_runs_all_reach_99_has_no_plateau() -> None:
    solved = arm([0.0] * 10, reached=10, level=10)
    assert plateau_tables([solved]) == []
    text = plateau_sentences([solved, arm([0.0] * 10), arm([0.1] * 10, name="dot")], SETTINGS)
    assert text == [
        "Does the arm none have a plateau? No at max_length = 10: all 10 runs reach 99%; yes, within 1,000 steps at "
        "max_length = 20: no run of 10 reaches 99%, the mean accuracy at the end is 0.700 (0.700 to 0.700), and that "
        "on the evaluation set changes by +0.000 (+0.000 to +0.000) in the last quarter."
    ]


def test_an_arm_of_which_most_runs_reach_99_has_no_plateau() -> None:
    """Its curve is flat at the end because it cannot rise further."""
    (text,) = plateau_sentences([arm([0.0] * 10, reached=6)], SETTINGS)
    assert text == "Does the arm none have a plateau? No at max_length = 20: 6 of 10 runs reach 99%."
    single = replace(arm([0.0]), time_to_99=time_to_threshold([50.0], 1000))
    (one,) = plateau_sentences([single], SETTINGS)
    assert one.endswith("No at max_length = 20: the run reaches 99%.")
    assert curve(arm([0.0] * 10, reached=6)) == "-"
    assert curve(arm([0.0] * 10, reached=5)) == "flat"
