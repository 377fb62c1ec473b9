"""Effects and verdicts as text: a reason for each verdict that needs one, and no effect without a value."""

from __future__ import annotations

import math

import pytest

from results.analysis.study.run_metrics import ACCURACY, STEPS
from results.analysis.study.verdicts import bounded_effect_text, detectable_text, effect_text, verdict_text
from results.statistics import Interval, JudgedDifference, Verdict, judge, paired_difference, steps_ratio

NEVER = math.inf


def judged(values: list[float], others: int = 0) -> JudgedDifference:
    """A difference of these values, seed by seed, beside others of the same baseline that are alike."""
    one = paired_difference([(dict(enumerate(values)), dict.fromkeys(range(len(values)), 0.0))])
    return judge([one] * (1 + others), [{"baseline"}] * (1 + others))[0]


def judged_steps(first: list[float], second: list[float], pairs: int = 1) -> JudgedDifference:
    one = steps_ratio([(dict(enumerate(first)), dict(enumerate(second)))] * pairs, 700.0)
    return judge([one], [{"arm"}])[0]


def test_a_missing_effect_is_a_dash() -> None:
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    assert {effect_text(metric, nothing) for metric in (STEPS, ACCURACY)} == {"-"}


SOME = [0.1, 0.2, 0.15, 0.3, 0.05, 0.12, -0.06, 0.2, 0.1, -0.05]
"""p = 0.02: significant without a correction."""


@pytest.mark.parametrize(
    ("one", "verdict", "text"),
    [
        (judged(SOME), "higher", "higher"),
        (
            judged(SOME, others=7),
            "no difference shown",
            "significant without the correction for multiple comparisons, but not with it",
        ),
        (judged([0.1, -0.1] * 5), "no difference shown", "no difference shown"),
        (
            judged([*[0.1, -0.1] * 4, 0.0, 0.0], others=7),
            "no difference shown",
            "no difference shown: only 8 of 10 pairs of seeds differ, 9 needed",
        ),
        (judged([0.0] * 10), "not testable", "not testable: none of 10 pairs of seeds differs"),
        (judged([0.1, *[0.0] * 9]), "not testable", "not testable: only 1 of 10 pairs of seeds differs"),
        (judged([0.1, 0.2, *[0.0] * 8]), "not testable", "not testable: only 2 of 10 pairs of seeds differ"),
        (judged([0.1, 0.2, 0.1]), "not enough seeds", "not enough seeds: 3 pairs of seeds, 6 needed"),
        (judged_steps([NEVER] * 10, [NEVER] * 10), "not testable", "not testable: no run of either arm reached 99%"),
        (judged_steps([300.0] * 10, [300.0] * 10), "not testable", "not testable: none of 10 pairs of seeds differs"),
        (judged_steps([300.0] * 10, [NEVER] * 10), "lower", "fewer steps"),
        (
            judged_steps([25.0] * 8 + [NEVER] * 16, [650.0] * 24),
            "no difference shown",
            "no difference shown: the ratio and its test are significant in opposite directions",
        ),
        (judged_steps([25.0] * 18 + [NEVER], [650.0] * 19), "lower", "fewer steps"),
        (judged_steps([650.0] * 19, [25.0] * 18 + [NEVER]), "higher", "more steps"),
    ],
)
def test_the_reason_of_a_verdict_follows_from_the_rows(one: JudgedDifference, verdict: Verdict, text: str) -> None:
    metric = STEPS if one.difference.null else ACCURACY
    assert one.verdict == verdict
    assert verdict_text(metric, one).endswith(text)
    assert (bounded_effect_text(metric, one) == "-") == (verdict == "not testable")


def test_an_interval_that_excludes_0_beside_a_p_that_does_not_is_explained() -> None:
    one = judged([0.1, 0.02, 0.03, -0.01, 0.08, 0.05])
    assert one.difference.interval.excludes(0.0)
    assert verdict_text(ACCURACY, one) == "no difference shown: the interval excludes 0, but p = 0.062"


def test_several_pairs_of_arms_are_not_called_either_arm() -> None:
    one = judged_steps([NEVER] * 10, [NEVER] * 10, pairs=2)
    assert verdict_text(STEPS, one) == "not testable: no run reached 99%"


def test_a_detectable_effect_is_never_rounded_to_nothing() -> None:
    assert [detectable_text(STEPS, size) for size in (0.004, 0.006, 0.0)] == ["below 1%", "1%", "-"]
    assert [detectable_text(ACCURACY, size) for size in (0.0004, 0.0006)] == ["below 0.001", "0.001"]
