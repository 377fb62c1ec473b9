"""The slope of a power law is its exponent, and its interval holds the true one as often as it claims."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import log_slope, slope_of_costs, slope_of_rounds

SIZES = [8.0, 16.0, 32.0, 64.0, 128.0]
exponents = st.floats(-3, 3)


@given(exponents, st.floats(1e-6, 1e6), st.lists(st.integers(1, 10**6), min_size=2, max_size=9, unique=True))
def test_the_slope_of_a_power_law_is_its_exponent(exponent: float, factor: float, sizes: list[int]) -> None:
    costs = [factor * size**exponent for size in sizes]
    assert log_slope(sizes, costs) == pytest.approx(exponent, abs=1e-6)


@given(exponents, st.lists(st.floats(0.5, 2), min_size=6, max_size=12))
def test_a_factor_of_a_round_does_not_change_its_slope(exponent: float, factors: list[float]) -> None:
    """A machine that is slower in some rounds: the line through all costs together would have a wide interval."""
    found = slope_of_rounds(SIZES, [[factor * size**exponent for size in SIZES] for factor in factors])
    assert (found.estimate, found.low, found.high) == pytest.approx((exponent,) * 3, abs=1e-6)
    assert found.n == len(factors)


def test_six_rounds_have_the_interval_of_their_slopes_and_five_that_of_all_costs() -> None:
    rounds = [[1.0, 2.0**slope] for slope in (0.9, 1.1, 1.0, 1.2, 0.8, 1.3)]
    six, five = slope_of_rounds([1, 2], rounds), slope_of_rounds([1, 2], rounds[:5])
    assert (six.estimate, six.low, six.high, six.n) == pytest.approx((1.05, 0.8, 1.3, 6))
    assert five.n == 10
    assert five.estimate == pytest.approx(1.0)
    # Student's t with 8 degrees of freedom: the squares of the deviations are those of the five slopes.
    spread = math.log(2) * math.sqrt(sum((slope - 1) ** 2 for slope in (0.9, 1.1, 1.0, 1.2, 0.8)))
    error = 2.306004 * spread / math.sqrt(8) / math.sqrt(10 * (math.log(2) / 2) ** 2)
    assert (five.low, five.high) == pytest.approx((1.0 - error, 1.0 + error), abs=1e-6)


def test_the_intervals_miss_the_true_slope_in_about_one_case_of_twenty() -> None:
    noise = np.random.default_rng(0)
    cases = 400
    by_costs = by_rounds = 0
    for _ in range(cases):
        costs = 3 * np.array(SIZES) ** 1.5 * np.exp(noise.normal(0, 0.1, (7, len(SIZES))))
        by_costs += slope_of_costs(SIZES, costs[0].tolist()).excludes(1.5)
        by_rounds += slope_of_rounds(SIZES, costs.tolist()).excludes(1.5)
    assert 0.025 <= by_costs / cases <= 0.08
    assert by_rounds / cases <= 0.03  # the sign test of seven rounds misses in 1.6% of cases


def test_without_enough_costs_there_is_no_slope_or_no_interval() -> None:
    assert math.isnan(log_slope([4, 4], [1, 2]))
    two = slope_of_costs([1, 2], [1, 4])
    assert two.estimate == pytest.approx(2)
    assert math.isnan(two.low)
    assert math.isnan(slope_of_costs([4, 4, 4], [1, 2, 3]).estimate)


@pytest.mark.parametrize(("sizes", "costs"), [([0, 1], [1, 1]), ([1, 2], [1, 0]), ([1, 2], [1, -1]), ([], [])])
def test_sizes_and_costs_are_positive(sizes: list[float], costs: list[float]) -> None:
    with pytest.raises(ValueError, match="expected positive numbers"):
        log_slope(sizes, costs)
