"""Differences between arms equal plain loops over seeds and sign flips."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import intervals, paired_difference, probability_of_improvement, steps_ratio
from results.statistics.intervals import bootstrap

ACCURACY = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
ARMS = st.dictionaries(st.integers(0, 9), ACCURACY, max_size=8)


def flipped(differences):
    """The p of the sign-flip test, by a loop over all flips."""
    found = abs(fmean(differences))
    means = [
        abs(fmean(sign * d for sign, d in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    return fmean(mean >= found - 1e-12 for mean in means)


@given(ARMS, ARMS)
def test_differences_are_paired_by_seed_without_unpaired_seeds(a, b):
    both = sorted(a.keys() & b.keys())
    difference = paired_difference([(a, b)])
    expected = [a[seed] - b[seed] for seed in both]
    assert difference.per_seed == pytest.approx(expected)
    assert difference.interval.n == len(both)
    if both:
        assert difference.interval.estimate == pytest.approx(fmean(expected))
    if len(both) > 1:
        assert difference.p == pytest.approx(flipped(expected))
        assert difference.spread == pytest.approx(stdev(expected))


@given(ARMS, ARMS, ARMS)
def test_with_several_pairs_a_seed_gives_their_mean_if_all_pairs_have_it(a, b, c):
    both = sorted(a.keys() & b.keys() & c.keys())
    difference = paired_difference([(a, c), (b, c)])
    assert difference.per_seed == pytest.approx([(a[seed] + b[seed]) / 2 - c[seed] for seed in both])


@pytest.mark.parametrize(("n", "p"), [(5, 2 / 2**5), (6, 2 / 2**6), (10, 2 / 2**10), (13, 2 / 2**13)])
def test_p_is_exact_if_all_differences_have_one_sign(n, p):
    better = {seed: 0.9 + seed / 1000 for seed in range(n)}
    assert paired_difference([(better, dict.fromkeys(range(n), 0.5))]).p == pytest.approx(p)


def test_equal_arms_have_no_difference():
    ones = dict.fromkeys(range(10), 1.0)
    same = paired_difference([(ones, ones)])
    assert (same.p, same.interval.low, same.interval.high, same.spread) == (1.0, 0.0, 0.0, 0.0)


def test_one_pair_has_no_p_and_no_pair_has_no_estimate():
    one, none = paired_difference([({0: 1.0}, {0: 0.0})]), paired_difference([({0: 1.0}, {1: 0.0})])
    assert (one.interval.estimate, one.interval.n, none.interval.n) == (1.0, 1, 0)
    assert all(map(math.isnan, (one.p, one.spread, none.p, none.spread, none.interval.estimate)))


def test_the_p_of_many_pairs_is_that_of_all_flips_within_four_standard_errors_of_the_random_ones():
    differences = 0.5 + np.sin(np.arange(16))
    signs = np.array([*itertools.product((1, -1), repeat=16)])
    exact = np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12)
    found = paired_difference([(dict(enumerate(differences)), dict.fromkeys(range(16), 0.0))]).p
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 9999))


@given(ARMS, ARMS)
def test_improvement_is_the_fraction_of_pairs_of_runs_in_which_the_first_is_better(a, b):
    both = sorted(a.keys() & b.keys())
    found = probability_of_improvement([(a, b)])
    assert found.n == len(both)
    if both:
        wins = [(a[i] > b[j]) + 0.5 * (a[i] == b[j]) for i in both for j in both]
        assert found.estimate == pytest.approx(fmean(wins))
    if len(both) > 1:
        assert found.low - 1e-12 <= found.high


def test_an_arm_that_is_always_better_has_an_improvement_of_1():
    found = probability_of_improvement([(dict.fromkeys(range(6), 0.9), dict.fromkeys(range(6), 0.8))])
    assert (found.estimate, found.low, found.high) == (1.0, pytest.approx(0.025 ** (1 / 6)), 1.0)  # as of 6 of 6


def plainly(on, off):
    """`probability_of_improvement`, every run beside every run of each resample."""
    wins = np.mean([(a[:, None] > b) + 0.5 * (a[:, None] == b) for a, b in zip(on, off, strict=True)], axis=0)
    seeds = np.arange(wins.shape[0], dtype=float)

    def rate(chosen, axis):
        chosen = chosen.astype(int)
        return wins[chosen[..., :, None], chosen[..., None, :]].mean(axis=(-2, -1))

    return bootstrap(rate, seeds)


@given(
    st.integers(2, 12).flatmap(lambda n: st.lists(st.lists(ACCURACY, min_size=n, max_size=n), min_size=4, max_size=4))
)
def test_the_interval_of_an_improvement_is_that_of_all_pairs_of_runs_of_each_resample(arms):
    a, b, c, d = arms
    found = probability_of_improvement(
        [(dict(enumerate(a)), dict(enumerate(b))), (dict(enumerate(c)), dict(enumerate(d)))]
    )
    assert (found.low, found.high) == pytest.approx(plainly(np.array([a, c]), np.array([b, d])), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 30))
def test_how_many_resamples_are_drawn_at_a_time_changes_no_digit(values, at_once):
    off = dict.fromkeys(range(len(values)), 0.5)
    pairs = [(dict(enumerate(values)), off)]

    def every():
        return repr((paired_difference(pairs), probability_of_improvement(pairs), steps_ratio(pairs, 0.75)))

    together = every()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "_AT_ONCE", 10_000 * at_once)
        assert every() == together


def test_a_thousand_seeds_take_no_more_memory_than_their_resamples():
    draws = np.random.default_rng(0).random((2, 1000))
    pairs = [(dict(enumerate(draws[0])), dict(enumerate(draws[1])))]
    tracemalloc.start()
    try:
        found = (
            probability_of_improvement(pairs).n,
            paired_difference(pairs).interval.n,
            steps_ratio(pairs, 1.0).interval.n,
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == (1000, 1000, 1000)
    assert peak < 300e6
