"""The number of rounds of a case; with it, intervals miss the truth no more often than they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timing.interleaved import BASELINE_FIRST, CANDIDATE_FIRST
from benchmarks.timing.round_count import RoundLimits, rounds_for
from results.statistics import Interval, median_ratio
from seq2seq_core.interleaving import shuffled_orders

LIMITS = RoundLimits(width=0.05, seconds=1.0, least=7, most=500)
CASES = 1000


@pytest.mark.parametrize("spread", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("width", [0.02, 0.05])
def test_so_many_rounds_give_the_requested_width(width: float, spread: float) -> None:
    noise = np.random.default_rng(0)
    rounds = max(7, rounds_for(width, spread))
    samples = np.exp(noise.normal(0, spread, (200, rounds)))
    intervals = [median_ratio(sample, np.ones(rounds)) for sample in samples]
    found = np.median([interval.high - interval.low for interval in intervals])
    assert found <= 1.1 * width
    assert rounds == 7 or found >= 0.8 * width


@given(st.floats(0.005, 0.5), st.floats(0.001, 1.0), st.floats(1.01, 3.0))
def test_more_noise_or_a_narrower_width_takes_more_rounds(width: float, spread: float, factor: float) -> None:
    assert rounds_for(width, spread * factor) >= rounds_for(width, spread) >= 1
    assert rounds_for(width / factor, spread) >= rounds_for(width, spread)


def test_a_few_outliers_of_the_calibration_do_not_add_rounds() -> None:
    quiet = [*np.linspace(0.95, 1.05, 20)]
    assert LIMITS.rounds([*quiet, 5.0, 7.0], 1e-3) < 2 * LIMITS.rounds(quiet, 1e-3)


@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=40), st.floats(1e-5, 10.0))
def test_the_limits_hold_for_any_calibration(ratios: list[float], pair_seconds: float) -> None:
    rounds = LIMITS.rounds(ratios, pair_seconds)
    assert LIMITS.least <= rounds <= LIMITS.most
    assert rounds == LIMITS.least or rounds * pair_seconds <= LIMITS.seconds


@pytest.mark.parametrize(("pair_seconds", "rounds"), [(0.1, 10), (0.3, 7), (1e-3, 500)])
def test_after_a_calibration_of_few_pairs_the_limits_determine_the_rounds(pair_seconds: float, rounds: int) -> None:
    assert LIMITS.rounds([1.0, 1.0, 1.0], pair_seconds) == rounds


@pytest.mark.parametrize(
    ("pairs", "elapsed_seconds", "continues"),
    [
        (0, 99.0, True),  # there is always a first pair
        (1, 0.3, False),  # a fifth of the limit has passed
        (10_000, 0.05, True),  # not warm
        (10, 0.15, True),  # the spread is not known
        (20, 0.15, False),
    ],
)
def test_the_calibration_ends_when_it_is_warm_and_the_spread_is_known_or_its_time_is_over(
    pairs: int, elapsed_seconds: float, continues: bool
) -> None:
    assert LIMITS.keep_calibrating(pairs, elapsed_seconds) is continues


@pytest.mark.parametrize("truth", [1.0, 1.05])
@pytest.mark.parametrize("second", [1.0, 1.02])
def test_intervals_miss_no_more_often_than_claimed_and_detect_five_percent(truth: float, second: float) -> None:
    """On a machine that drifts and stalls, and that may run the second call of a round slower."""
    noise = np.random.default_rng(1)
    intervals = [simulated(noise, truth, second, case) for case in range(CASES)]
    missed = sum(interval.excludes(truth) for interval in intervals) / CASES
    assert missed <= 0.05
    if second == 1.0:  # balanced orders make the median steadier than the sign test assumes
        assert missed > 0.01
        assert sum(interval.high - interval.low <= LIMITS.width * interval.estimate for interval in intervals) > 800
    if truth != 1.0:
        assert sum(interval.low > 1.0 for interval in intervals) > 900


def simulated(noise: np.random.Generator, truth: float, second: float, case: int) -> Interval:
    """A case as in `time_pairs` with simulated times: calibration pairs, then as many rounds as they ask for."""
    calibration = ratios(noise, truth, second, [BASELINE_FIRST, CANDIDATE_FIRST] * 10)
    rounds = LIMITS.rounds(list(calibration), 1e-3)
    return median_ratio(
        ratios(noise, truth, second, shuffled_orders(rounds, case, (CANDIDATE_FIRST, BASELINE_FIRST))), np.ones(rounds)
    )


def ratios(noise: np.random.Generator, truth: float, second: float, orders: list[str]) -> np.ndarray:
    """Candidate over baseline: a random walk of the machine's speed, with noise and stalls of each call."""
    calls = 2 * len(orders)
    speed = np.exp(np.cumsum(noise.normal(0, 0.01, calls)) + np.abs(noise.normal(0, 0.02, calls)))
    seconds = speed * np.where(noise.random(calls) < 0.05, noise.uniform(1, 3, calls), 1)
    before, after = seconds[::2], seconds[1::2] * second
    baseline_first = np.array([order == BASELINE_FIRST for order in orders])
    return truth * np.where(baseline_first, after / before, before / after)
