"""Steps to a threshold: censored runs are kept, and the test is the log-rank test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from results.statistics import log_rank_scores, steps_ratio, time_to_threshold

NEVER = math.inf
STEPS = st.one_of(st.integers(1, 12).map(lambda n: 25.0 * n), st.just(NEVER))
HORIZON = 400.0


@pytest.mark.parametrize(
    ("steps", "median", "mean", "reached"),
    [
        ([300.0, 100.0, NEVER], 300.0, pytest.approx(800 / 3), 2),
        ([100.0, NEVER], NEVER, 250.0, 1),
        ([NEVER, NEVER, 100.0], NEVER, 300.0, 1),
        ([100.0, 200.0], 150.0, 150.0, 2),
    ],
)
def test_censored_runs_rank_last_and_count_as_their_budget_in_the_mean(steps, median, mean, reached):
    result = time_to_threshold(steps, HORIZON)
    assert (result.median, result.mean, result.reached, result.n) == (median, mean, reached, len(steps))


def test_without_a_finished_run_there_is_no_median():
    nothing = time_to_threshold([], math.nan)
    assert (nothing.reached, nothing.n) == (0, 0)
    assert math.isnan(nothing.median)
    assert math.isnan(nothing.mean)


def observed_less_expected(a, b):
    """The numerator of the log-rank statistic of a, event by event (Mantel 1966)."""
    total = 0.0
    for moment in sorted({step for step in (*a, *b) if step < NEVER}):
        at_risk = sum(step >= moment for step in (*a, *b))
        events = sum(step == moment for step in (*a, *b))
        total += sum(step == moment for step in a) - events * sum(step >= moment for step in a) / at_risk
    return total


@given(st.lists(STEPS, min_size=1, max_size=9), st.lists(STEPS, min_size=1, max_size=9))
def test_the_scores_of_a_group_make_the_log_rank_statistic(a, b):
    scores = log_rank_scores(np.array([*a, *b]))
    assert scores.sum() == pytest.approx(0.0, abs=1e-9)
    assert scores[: len(a)].sum() == pytest.approx(observed_less_expected(a, b), abs=1e-9)


def test_with_many_runs_p_is_near_the_unpaired_p_of_scipy():
    generator = np.random.default_rng(0)
    a, b = np.ceil(generator.exponential((250, 330), (60, 2)).T / 25) * 25
    a, b = (np.where(steps <= HORIZON, steps, NEVER) for steps in (a, b))
    ours = steps_ratio([(dict(enumerate(a)), dict(enumerate(b)))], HORIZON).p
    censored = [stats.CensoredData.right_censored(np.minimum(steps, HORIZON), np.isinf(steps)) for steps in (a, b)]
    assert ours == pytest.approx(stats.logrank(*censored).pvalue, abs=0.04)  # 0.82 and 0.79


@given(st.lists(st.tuples(STEPS, STEPS), min_size=2, max_size=8))
def test_the_ratio_of_mean_steps_inverts_when_the_arms_are_swapped(pairs):
    a, b = (dict(enumerate(side)) for side in zip(*pairs, strict=True))
    there, back = steps_ratio([(a, b)], HORIZON), steps_ratio([(b, a)], HORIZON)
    spent = [sum(min(step, HORIZON) for step in side.values()) for side in (a, b)]
    assert there.interval.estimate == pytest.approx(spent[0] / spent[1])
    assert there.interval.estimate * back.interval.estimate == pytest.approx(1.0)
    assert there.p == pytest.approx(back.p)
    assert there.interval.n == len(pairs)


def test_an_arm_with_censored_runs_only_has_the_smallest_p():
    sooner, never = dict.fromkeys(range(10), 200.0), dict.fromkeys(range(10), NEVER)
    found = steps_ratio([(sooner, never)], HORIZON)
    assert (found.interval.estimate, found.p) == (0.5, pytest.approx(2 / 2**10))


def test_without_censored_runs_the_result_would_be_reversed():
    # Those of the first that reach the threshold do so sooner, but half of them never reach it.
    a = {seed: 100.0 if seed % 2 else NEVER for seed in range(10)}
    b = dict.fromkeys(range(10), 150.0)
    assert steps_ratio([(a, b)], 1000.0).interval.estimate == pytest.approx(550 / 150)


def test_a_pair_with_more_steps_has_no_more_weight_in_the_ratio():
    quick, slow = [dict.fromkeys(range(8), steps) for steps in (100.0, 200.0)], dict.fromkeys(range(8), 900.0)
    found = steps_ratio([(quick[0], quick[1]), (slow, slow)], HORIZON)
    assert found.interval.estimate == found.interval.low == pytest.approx(0.5**0.5)  # of sums it would be 0.91
    opposite = steps_ratio([(quick[0], quick[1]), (quick[1], quick[0])], HORIZON)
    assert (opposite.interval.estimate, opposite.p) == (pytest.approx(1.0), 1.0)


def test_a_pair_of_which_no_run_reaches_the_threshold_changes_nothing():
    generator = np.random.default_rng(0)
    a, b = (dict(enumerate(generator.integers(100, 300, 8).astype(float))) for _ in range(2))
    never = dict.fromkeys(range(8), NEVER)
    assert steps_ratio([(a, b), (never, never)], HORIZON) == steps_ratio([(a, b)], HORIZON)


@given(st.lists(st.tuples(STEPS, STEPS), min_size=2, max_size=8))
def test_a_pair_that_is_given_twice_has_its_own_ratio(pairs):
    pair = tuple(dict(enumerate(side)) for side in zip(*pairs, strict=True))
    once, twice = steps_ratio([pair], HORIZON), steps_ratio([pair, pair], HORIZON)
    of = ("estimate", "low", "high")
    assert [getattr(twice.interval, name) for name in of] == pytest.approx(
        [getattr(once.interval, name) for name in of]
    )
    assert (twice.p, twice.spread, twice.side) == (once.p, pytest.approx(once.spread), once.side)


def test_arms_without_a_shared_seed_have_no_ratio():
    found = steps_ratio([({0: 100.0}, {1: 100.0})], HORIZON)
    assert found.interval.n == 0
    assert math.isnan(found.p)
