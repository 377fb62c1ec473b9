"""Numbers as text have the digits that their interval supports; counted nouns are singular or plural."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis import formatting
from results.statistics import Interval


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
    assert {formatting.ratio(nothing), formatting.difference(nothing)} == {"-"}


@given(st.floats(1e-3, 1e3), st.floats(0, 1), st.floats(0, 1))
def test_a_ratio_is_shown_with_the_ends_of_its_interval(estimate: float, below: float, above: float) -> None:
    interval = Interval(estimate, estimate * (1 - below / 2), estimate * (1 + above), 10)
    shown, low, high = map(float, formatting.ratio(interval).strip("×)").replace(" (", " to ").split(" to "))
    assert low <= shown <= high
    # Rounding moves no end by more than a twentieth of the width, or of the third digit of the ratio.
    tolerance = max(0.06 * (interval.high - interval.low), 0.006 * estimate)
    assert shown == pytest.approx(interval.estimate, abs=tolerance)
    assert high == pytest.approx(interval.high, abs=tolerance)


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


def test_a_p_below_the_level_is_not_rounded_to_it() -> None:
    """17 / 1024 times 3, with 11 seeds and three comparisons, is significant."""
    assert [formatting.probability(p) for p in (0.0498, 0.05, 0.0502, 0.0004)] == [
        "0.0498",
        "0.050",
        "0.050",
        "< 0.001",
    ]
