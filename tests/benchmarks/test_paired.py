"""The measurement itself, run by the real pytest-benchmark."""

from __future__ import annotations

import gc

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.interleaved import (
    BASELINE_FIRST,
    CANDIDATE_FIRST,
    TIMER,
    Pairs,
    Work,
    measure,
    shuffled_orders,
    time_pairs,
)
from benchmarks.timing.round_count import Limits
from benchmarks.timing.self_check import run_rounds

ROUNDS = 20
LIMITS = Limits(width=0.05, seconds=0.001, least=ROUNDS, most=ROUNDS)


@pytest.mark.benchmark(timer=TIMER)
def test_a_pair_runs_in_the_order_that_it_reports(benchmark: BenchmarkFixture) -> None:
    calls: list[str] = []
    pairs = measure(benchmark, lambda: calls.append("candidate"), lambda: calls.append("baseline"), LIMITS)
    assert pairs is not None
    assert len(pairs.candidate_seconds) == len(pairs.baseline_seconds) == ROUNDS
    first = [calls[-2 * ROUNDS :][2 * number] for number in range(ROUNDS)]
    assert [f"{who}_first" for who in first] == pairs.orders
    assert {CANDIDATE_FIRST, BASELINE_FIRST} == set(pairs.orders)


@pytest.mark.benchmark(timer=TIMER)
def test_no_call_of_either_collects_garbage_and_the_collector_is_left_as_it_was(benchmark: BenchmarkFixture) -> None:
    calls: list[bool] = []
    measure(benchmark, lambda: calls.append(gc.isenabled()), lambda: calls.append(gc.isenabled()), LIMITS)
    assert len(calls) > 2 * ROUNDS
    assert not any(calls)
    assert gc.isenabled()


def test_the_rounds_that_are_kept_come_after_a_pilot_in_which_each_goes_first() -> None:
    calls: list[str] = []
    pairs = timed(lambda: calls.append("c"), lambda: calls.append("b"), LIMITS)
    pilot = "".join(calls[2 : -2 * ROUNDS])
    assert len(pilot) >= 2
    assert pilot == ("bccb" * len(pilot))[: len(pilot)]
    assert len(pairs.orders) == ROUNDS


@pytest.mark.parametrize("rounds", [1, 7, 50])
def test_orders_are_balanced_shuffled_and_repeatable(rounds: int) -> None:
    orders = shuffled_orders(rounds, seed=1)
    assert len(orders) == rounds
    assert abs(orders.count(CANDIDATE_FIRST) - orders.count(BASELINE_FIRST)) == rounds % 2
    assert orders == shuffled_orders(rounds, seed=1)
    assert len({tuple(shuffled_orders(rounds, seed)) for seed in range(20)}) > 1


@pytest.mark.parametrize(("width", "rounds", "stopped"), [(100.0, 7, "width"), (1e-9, 7, "limit"), (100.0, 5, "limit")])
def test_the_row_says_whether_the_interval_is_as_narrow_as_was_wanted(width: float, rounds: int, stopped: str) -> None:
    """Five rounds have no interval, and so not a narrow one."""
    pairs = timed(spin(500), spin(500), Limits(width=width, seconds=10.0, least=rounds, most=rounds))
    assert pairs.stopped == stopped


def test_a_slowdown_of_five_percent_is_found() -> None:
    limits = Limits(width=0.001, seconds=10.0, least=400, most=400)
    slower, equal = (timed(spin(20_000), spin(units), limits).ratio for units in (19_048, 20_000))
    assert 1.02 < slower.estimate < 1.08
    assert slower.low > 1.0
    assert 0.98 < equal.estimate < 1.02


def timed(candidate: Work, baseline: Work, limits: Limits) -> Pairs:
    return time_pairs(run_rounds, candidate, baseline, limits, seed=0)


def spin(times: int) -> Work:
    def work() -> None:
        for _ in range(times):
            pass

    return work
