"""Effects and verdicts as text: digits that the interval supports, and a reason for each verdict that needs one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis import formatting
from results.analysis.study.run_metrics import ACCURACY, STEPS
from results.statistics import Interval, JudgedDifference, Verdict, judge, paired_difference, steps_ratio

NEVER = math.inf


def judged(values: list[float], others: int = 0) -> JudgedDifference:
    """A difference of these values, seed by seed, beside others of the same baseline that are alike."""
    one = paired_difference([(dict(enumerate(values)), dict.fromkeys(range(len(values)), 0.0))])
    return judge([one] * (1 + others), [{"baseline"}] * (1 + others))[0]


def judged_steps(first: list[float], second: list[float], pairs: int = 1) -> JudgedDifference:
    one = steps_ratio([(dict(enumerate(first)), dict(enumerate(second)))] * pairs, 700.0)
    return judge([one], [{"arm"}])[0]


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.621, 0.571, 0.679), "×0.62 (0.57 to 0.68)"),
        ((0.933, 0.914, 0.961), "×0.933 (0.914 to 0.961)"),
        ((1.021, 0.989, 1.051), "×1.02 (0.99 to 1.05)"),
        ((11.53, 7.91, 14.72), "×11.5 (7.9 to 14.7)"),
        ((167.3, 151.2, 186.1), "×167 (151 to 186)"),
        ((0.31, 0.042, 25.3), "×0.31 (0.04 to 25.30)"),
        ((0.31, 0.0, 25.3), "×0.3 (0.0 to 25.3)"),
        ((0.0314, 0.0272, 0.0374), "×0.031 (0.027 to 0.037)"),
        ((0.5, 0.5, 0.5), "×0.500 (0.500 to 0.500)"),
        ((0.5, math.nan, math.nan), "×0.500"),
    ],
)
def test_a_ratio_has_the_digits_that_its_interval_supports(ends: tuple[float, float, float], text: str) -> None:
    assert formatting.ratio(Interval(*ends, 10)) == text


def test_a_number_is_shown_with_its_interval_and_a_missing_one_as_a_dash() -> None:
    assert formatting.difference(Interval(0.341, -0.33, 0.352, 10)) == "+0.341 (-0.330 to +0.352)"
    assert formatting.count_of(Interval(0.012, 0.006, 0.021, 1000)) == "12 of 1,000, 1.2% (0.6% to 2.1%)"
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    assert {formatting.effect(metric, nothing) for metric in (STEPS, ACCURACY)} == {"-"}


@given(st.floats(1e-3, 1e3), st.floats(0, 1), st.floats(0, 1))
def test_a_ratio_is_shown_with_the_ends_of_its_interval(estimate: float, below: float, above: float) -> None:
    interval = Interval(estimate, estimate * (1 - below / 2), estimate * (1 + above), 10)
    shown, low, high = map(float, formatting.ratio(interval).strip("×)").replace(" (", " to ").split(" to "))
    assert low <= shown <= high
    # Rounding moves no end by more than a twentieth of the width, or of the third digit of the ratio.
    tolerance = max(0.06 * (interval.high - interval.low), 0.006 * estimate)
    assert shown == pytest.approx(interval.estimate, abs=tolerance)
    assert high == pytest.approx(interval.high, abs=tolerance)


SOME = [0.1, 0.2, 0.15, 0.3, 0.05, 0.12, -0.06, 0.2, 0.1, -0.05]
"""p = 0.02: significant without a correction."""


@pytest.mark.parametrize(
    ("one", "verdict", "text"),
    [
        (judged(SOME), "higher", "higher"),
        (
            judged(SOME, others=7),
            "no difference shown",
            "significant without the correction for 8 comparisons, but not with it",
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
    ],
)
def test_the_reason_of_a_verdict_follows_from_the_rows(one: JudgedDifference, verdict: Verdict, text: str) -> None:
    metric = STEPS if one.difference.null else ACCURACY
    assert one.verdict == verdict
    assert formatting.verdict_text(metric, one).endswith(text)
    assert (formatting.judged_effect(metric, one) == "-") == (verdict == "not testable")


def test_an_interval_that_excludes_0_beside_a_p_that_does_not_is_explained() -> None:
    one = judged([0.1, 0.02, 0.03, -0.01, 0.08, 0.05])
    assert one.difference.interval.excludes(0.0)
    assert formatting.verdict_text(ACCURACY, one) == "no difference shown: the interval excludes 0, but p = 0.062"


def test_several_pairs_of_arms_are_not_called_either_arm() -> None:
    one = judged_steps([NEVER] * 10, [NEVER] * 10, pairs=2)
    assert formatting.verdict_text(STEPS, one) == "not testable: no run reached 99%"


@pytest.mark.parametrize(
    ("numbers", "noun", "expected"),
    [
        ([1, 1], "pair of seeds", "1 pair of seeds"),
        ([0], "pair of seeds", "0 pairs of seeds"),
        ([0, 1], "round", "0 to 1 rounds"),
        ([1], "study", "1 study"),
        ([7, 200, 9], "study", "7 to 200 studies"),
    ],
)
def test_counted_nouns_are_singular_or_plural(numbers: list[int], noun: str, expected: str) -> None:
    assert formatting.counted(numbers, noun) == expected
    assert (
        formatting.plural(numbers[-1], noun)
        == f"{numbers[-1]} {formatting.counted(numbers[-1:], noun).partition(' ')[2]}"
    )
