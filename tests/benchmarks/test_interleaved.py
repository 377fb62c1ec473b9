"""Interleaved rounds, run by pytest-benchmark."""

from __future__ import annotations

import gc

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.interleaved import (
    BASELINE_FIRST,
    CANDIDATE_FIRST,
    PairedTimes,
    Workload,
    measure,
    time_pairs,
)
from benchmarks.timing.round_count import RoundLimits
from benchmarks.timing.self_check import run_rounds
from seq2seq_core.interleaving import TIMER

pytestmark = pytest.mark.serial
ROUNDS = 20
LIMITS = RoundLimits(width=0.05, seconds=0.001, least=ROUNDS, most=ROUNDS)


@pytest.mark.benchmark(timer=TIMER)
def test_rounds_run_in_the_order_that_is_reported(benchmark: BenchmarkFixture) -> None:
    calls: list[str] = []
    pairs = measure(benchmark, lambda: calls.append("candidate"), lambda: calls.append("baseline"), LIMITS, seed=0)
    assert pairs is not None
    assert len(pairs.candidate_seconds) == len(pairs.baseline_seconds) == ROUNDS
    first = [calls[-2 * ROUNDS :][2 * number] for number in range(ROUNDS)]
    assert [f"{side}_first" for side in first] == pairs.orders
    assert {CANDIDATE_FIRST, BASELINE_FIRST} == set(pairs.orders)
    nanoseconds = [1e9 * one for one in [*pairs.candidate_seconds, *pairs.baseline_seconds]]
    assert nanoseconds == pytest.approx([round(one) for one in nanoseconds], abs=1e-6)
    assert min(nanoseconds) > 0


@pytest.mark.benchmark(timer=TIMER)
def test_the_garbage_collector_is_disabled_during_calls_and_enabled_again_afterwards(
    benchmark: BenchmarkFixture,
) -> None:
    calls: list[bool] = []
    measure(benchmark, lambda: calls.append(gc.isenabled()), lambda: calls.append(gc.isenabled()), LIMITS, seed=0)
    assert len(calls) > 2 * ROUNDS
    assert not any(calls)
    assert gc.isenabled()


def test_the_rounds_follow_calibration_pairs_in_which_the_sides_take_turns() -> None:
    calls: list[str] = []
    pairs = timed(lambda: calls.append("c"), lambda: calls.append("b"), LIMITS)
    calibration = "".join(calls[2 : -2 * ROUNDS])
    assert len(calibration) >= 2
    assert calibration == ("bccb" * len(calibration))[: len(calibration)]
    assert len(pairs.orders) == ROUNDS


@pytest.mark.parametrize(("width", "rounds", "stopped"), [(100.0, 7, "width"), (1e-9, 7, "limit"), (100.0, 5, "limit")])
def test_stopped_is_width_only_if_the_interval_is_as_narrow_as_requested(
    width: float, rounds: int, stopped: str
) -> None:
    """Five rounds are too few for an interval."""
    pairs = timed(spin(500), spin(500), RoundLimits(width=width, seconds=10.0, least=rounds, most=rounds))
    assert pairs.stopped == stopped


def test_a_slowdown_of_five_percent_is_found() -> None:
    limits = RoundLimits(width=0.001, seconds=10.0, least=400, most=400)
    slower, equal = (timed(spin(20_000), spin(units), limits).ratio for units in (19_048, 20_000))
    assert 1.02 < slower.estimate < 1.08
    assert slower.low > 1.0
    assert 0.98 < equal.estimate < 1.02


def timed(candidate: Workload, baseline: Workload, limits: RoundLimits) -> PairedTimes:
    return time_pairs(run_rounds, candidate, baseline, limits, seed=0)


def spin(iterations: int) -> Workload:
    def run() -> None:
        for _ in range(iterations):
            pass

    return run
