"""How many rounds a case gets, and that intervals made so miss no more often than they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timing.interleaved import BASELINE_FIRST, CANDIDATE_FIRST, shuffled_orders
from benchmarks.timing.round_count import Limits, rounds_for
from results.statistics import Interval, median_ratio

LIMITS = Limits(width=0.05, seconds=1.0, least=7, most=500)
CASES = 1000


@pytest.mark.parametrize("spread", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("width", [0.02, 0.05])
def test_the_rounds_that_are_foreseen_give_the_width(width: float, spread: float) -> None:
    noise = np.random.default_rng(0)
    rounds = max(7, rounds_for(width, spread))
    samples = np.exp(noise.normal(0, spread, (200, rounds)))
    intervals = [median_ratio(sample, np.ones(rounds)) for sample in samples]
    found = np.median([interval.high - interval.low for interval in intervals])
    assert found <= 1.1 * width
    assert rounds == 7 or found >= 0.8 * width


@given(st.floats(0.005, 0.5), st.floats(0.001, 1.0), st.floats(1.01, 3.0))
def test_more_noise_and_narrower_wishes_take_more_rounds(width: float, spread: float, factor: float) -> None:
    assert rounds_for(width, spread * factor) >= rounds_for(width, spread) >= 1
    assert rounds_for(width / factor, spread) >= rounds_for(width, spread)


def test_stalls_of_a_few_pilot_pairs_do_not_ask_for_rounds() -> None:
    quiet = [*np.linspace(0.95, 1.05, 20)]
    assert LIMITS.rounds([*quiet, 5.0, 7.0], 1e-3) < 2 * LIMITS.rounds(quiet, 1e-3)


@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=40), st.floats(1e-5, 10.0))
def test_the_limits_hold_whatever_a_pilot_says(ratios: list[float], pair_seconds: float) -> None:
    rounds = LIMITS.rounds(ratios, pair_seconds)
    assert LIMITS.least <= rounds <= LIMITS.most
    assert rounds == LIMITS.least or rounds * pair_seconds <= LIMITS.seconds


@pytest.mark.parametrize(("pair_seconds", "rounds"), [(0.1, 10), (0.3, 7), (1e-3, 500)])
def test_a_pilot_of_few_pairs_foresees_nothing_and_the_limit_decides(pair_seconds: float, rounds: int) -> None:
    assert LIMITS.rounds([1.0, 1.0, 1.0], pair_seconds) == rounds


@pytest.mark.parametrize(
    ("pairs", "spent_seconds", "goes_on"),
    [
        (0, 99.0, True),  # a first pair there always is
        (1, 0.3, False),  # more than its part of the limit
        (10_000, 0.05, True),  # not warm
        (10, 0.15, True),  # the spread is not known
        (20, 0.15, False),
    ],
)
def test_a_pilot_ends_when_all_is_warm_and_known_or_its_time_is_over(
    pairs: int, spent_seconds: float, goes_on: bool
) -> None:
    assert LIMITS.pilot_goes_on(pairs, spent_seconds) is goes_on


@pytest.mark.parametrize("truth", [1.0, 1.05])
@pytest.mark.parametrize("second", [1.0, 1.02])
def test_intervals_miss_no_more_often_than_claimed_and_find_five_percent(truth: float, second: float) -> None:
    """On a machine that drifts and stalls, and that may run whatever comes second in a round slower."""
    noise = np.random.default_rng(1)
    intervals = [simulated(noise, truth, second, case) for case in range(CASES)]
    missed = sum(interval.excludes(truth) for interval in intervals) / CASES
    assert missed <= 0.05
    if second == 1.0:  # else orders in balance make the median steadier than the sign test knows
        assert missed > 0.01
        assert sum(interval.high - interval.low <= LIMITS.width * interval.estimate for interval in intervals) > 800
    if truth != 1.0:
        assert sum(interval.low > 1.0 for interval in intervals) > 900


def simulated(noise: np.random.Generator, truth: float, second: float, case: int) -> Interval:
    """A case as `time_pairs` takes it, on a clock that is drawn: a pilot, and as many rounds as follow from it."""
    pilot = ratios(noise, truth, second, [BASELINE_FIRST, CANDIDATE_FIRST] * 10)
    rounds = LIMITS.rounds(list(pilot), 1e-3)
    return median_ratio(ratios(noise, truth, second, shuffled_orders(rounds, seed=case)), np.ones(rounds))


def ratios(noise: np.random.Generator, truth: float, second: float, orders: list[str]) -> np.ndarray:
    """Times of candidate over baseline: a random walk of the machine's speed, and each call's own noise and stalls."""
    calls = 2 * len(orders)
    speed = np.exp(np.cumsum(noise.normal(0, 0.01, calls)) + np.abs(noise.normal(0, 0.02, calls)))
    seconds = speed * np.where(noise.random(calls) < 0.05, noise.uniform(1, 3, calls), 1)
    before, after = seconds[::2], seconds[1::2] * second
    baseline_first = np.array([order == BASELINE_FIRST for order in orders])
    return truth * np.where(baseline_first, after / before, before / after)
