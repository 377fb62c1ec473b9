"""The product of two independent ratios: MOVER on the logarithms, and its coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import Interval, combine_ratios, mean_interval, median_ratio

POSITIVE = st.floats(1e-3, 1e3)
INTERVALS = st.builds(
    lambda estimate, below, above, n: Interval(estimate, estimate / below, estimate * above, n),
    POSITIVE, st.floats(1, 5), st.floats(1, 5), st.integers(2, 50),
)  # fmt: skip


def numbers(one: Interval) -> tuple[float, float, float]:
    return one.estimate, one.low, one.high


@given(INTERVALS, INTERVALS)
def test_the_ends_are_those_of_the_formula_in_either_order(first: Interval, second: Interval) -> None:
    (e1, l1, h1), (e2, l2, h2) = numbers(first), numbers(second)
    low = e1 * e2 * math.exp(-math.sqrt(math.log(e1 / l1) ** 2 + math.log(e2 / l2) ** 2))
    high = e1 * e2 * math.exp(math.sqrt(math.log(h1 / e1) ** 2 + math.log(h2 / e2) ** 2))
    for one in (combine_ratios(first, second), combine_ratios(second, first)):
        assert numbers(one) == pytest.approx((e1 * e2, low, high), rel=1e-9)
        assert one.n == min(first.n, second.n)


@given(INTERVALS, POSITIVE)
def test_a_certain_factor_only_scales(one: Interval, factor: float) -> None:
    found = combine_ratios(one, Interval(factor, factor, factor, 99))
    assert numbers(found) == pytest.approx([factor * end for end in numbers(one)], rel=1e-9)


@given(INTERVALS, INTERVALS)
def test_the_product_is_less_certain_than_either_and_less_than_both_extremes(first: Interval, second: Interval) -> None:
    found, slack = combine_ratios(first, second), 1 + 1e-9
    for one, other in ((first, second), (second, first)):
        assert found.low <= one.low * other.estimate * slack
        assert found.high * slack >= one.high * other.estimate
    assert found.low * slack >= first.low * second.low
    assert found.high <= first.high * second.high * slack


@given(INTERVALS, POSITIVE)
def test_without_an_interval_of_both_there_is_none(one: Interval, estimate: float) -> None:
    found = combine_ratios(one, Interval(estimate, math.nan, math.nan, 1))
    assert found.estimate == pytest.approx(one.estimate * estimate)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.n == 1


@pytest.mark.parametrize("wrong", [(0.0, 0.0, 1.0), (1.0, 0.0, 2.0), (1.0, -1.0, 2.0)])
def test_estimates_and_ends_are_positive(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="expected positive numbers"):
        combine_ratios(Interval(1.0, 0.5, 2.0, 9), Interval(*wrong, 9))


def test_the_interval_of_a_mean_times_a_median_ratio_covers_the_true_product() -> None:
    """With the interval of one factor alone, more than one in ten miss."""
    noise, missed = np.random.default_rng(3), 0
    for _ in range(200):
        steps = mean_interval(noise.gamma(6.0, 1000.0 / 6.0, 20))
        times = median_ratio(0.7 * np.exp(noise.normal(0.0, 0.2, 20)), np.exp(noise.normal(0.0, 0.2, 20)))
        missed += combine_ratios(steps, times).excludes(700.0)
    assert missed <= 20
