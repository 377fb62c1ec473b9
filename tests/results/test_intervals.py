"""Intervals and tests against known values, and at the edges where library code gives nan or raises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import interquartile_mean, mean_interval, median_ratio, proportion

ACCURACIES = st.lists(st.floats(0.0, 1.0).map(lambda x: round(x, 4)), min_size=2, max_size=12)
TIMES = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=12)


@given(ACCURACIES)
def test_the_mean_is_in_its_interval_and_the_interval_in_the_range(values):
    interval = mean_interval(values)
    tolerance = 1e-12
    assert interval.estimate == pytest.approx(sum(values) / len(values))
    assert interval.low - tolerance <= interval.estimate <= interval.high + tolerance
    assert min(values) - tolerance <= interval.low
    assert interval.high <= max(values) + tolerance
    assert interval.n == len(values)


def test_equal_values_give_an_interval_of_zero_width():
    interval = mean_interval([0.1] * 7)
    assert (interval.estimate, interval.low, interval.high, interval.n) == (0.1, 0.1, 0.1, 7)


def test_values_that_differ_by_rounding_only_have_an_interval():
    interval = mean_interval([1.0, 1.0, 1.0 - 2**-53])
    assert interval.low <= interval.high


def test_one_seed_has_no_interval_and_no_seed_has_no_estimate():
    one, none = mean_interval([0.5]), mean_interval([])
    assert (one.estimate, one.n, none.n) == (0.5, 1, 0)
    assert all(map(math.isnan, (one.low, one.high, none.estimate, none.low, none.high)))
    assert not one.excludes(0.0)


def test_the_interquartile_mean_leaves_out_a_quarter_at_either_end():
    assert interquartile_mean([0.0, 0.1, 0.9, 0.91, 0.92, 0.93, 1.0, 5.0]).estimate == pytest.approx(0.915)
    astray = interquartile_mean([0.2, *[0.99] * 9])
    assert (astray.estimate, astray.n) == (pytest.approx(0.99), 10)


def test_a_run_without_a_value_is_left_out_of_the_mean():
    with pytest.raises(ValueError, match="not finite"):
        mean_interval([0.5, math.nan])


def test_the_interval_covers_the_true_value_about_as_often_as_claimed():
    generator = np.random.default_rng(5)
    intervals = [mean_interval(generator.normal(3.0, 1.0, size=20)) for _ in range(200)]
    missed = sum(interval.excludes(3.0) for interval in intervals)
    assert 3 <= missed <= 24  # 5% of 200 is 10; a bootstrap of 20 values misses a little more


@given(TIMES)
def test_identical_timings_have_the_ratio_one(times):
    ratio = median_ratio(times, times)
    assert ratio.estimate == 1.0
    assert ratio.n == len(times)
    assert (ratio.low, ratio.high) == pytest.approx(
        (1.0, 1.0) if len(times) >= 6 else (math.nan, math.nan), nan_ok=True
    )


def test_the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians():
    assert median_ratio([1.0, 20.0, 300.0], [1.0, 10.0, 1.0]).estimate == 2.0


@given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=6, max_size=12))
def test_the_ratio_is_in_its_interval(pairs):
    ratio = median_ratio(*zip(*pairs, strict=True))
    assert ratio.low * (1 - 1e-12) <= ratio.estimate <= ratio.high * (1 + 1e-12)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 10, 0.0, 1 - 0.025 ** (1 / 10)), (10, 10, 0.025 ** (1 / 10), 1.0), (1, 1, 0.025, 1.0)],
)
def test_the_interval_of_a_proportion_is_exact_at_both_ends(count, n, low, high):
    part = proportion(count, n)
    assert (part.estimate, part.n) == (count / n, n)
    assert (part.low, part.high) == (pytest.approx(low), pytest.approx(high))


def test_a_proportion_of_zero_cases_has_no_value():
    part = proportion(0, 0)
    assert part.n == 0
    assert math.isnan(part.estimate)


@pytest.mark.parametrize("rounds", [6, 7, 20])
def test_equal_times_differ_no_more_often_than_the_interval_claims(rounds):
    # Times with a long tail, as a busy machine gives them; a bootstrap of the median fails this at seven rounds.
    draws = np.random.default_rng(1)
    missed = sum(median_ratio(*draws.lognormal(0, 0.3, (2, rounds))).excludes(1.0) for _ in range(400))
    assert missed <= 0.05 * 400


@pytest.mark.parametrize(("candidate", "baseline"), [([1.0], [1.0, 2.0]), ([], []), ([1.0], [0.0]), ([-1.0], [1.0])])
def test_invalid_times_are_refused(candidate, baseline):
    with pytest.raises(ValueError, match="expected equally many, all above zero"):
        median_ratio(candidate, baseline)
