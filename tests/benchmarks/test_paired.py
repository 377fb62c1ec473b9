"""The measurement itself, run by the real pytest-benchmark."""

from __future__ import annotations

import gc

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.paired import BASELINE_FIRST, CANDIDATE_FIRST, TIMER, Limits, measure, shuffled_orders

ROUNDS = 20
LIMITS = Limits(budget_seconds=0.001, least=ROUNDS, most=ROUNDS)


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
def test_no_round_of_either_collects_garbage_and_the_collector_is_left_as_it_was(benchmark: BenchmarkFixture) -> None:
    candidate: list[bool] = []
    baseline: list[bool] = []
    measure(benchmark, lambda: candidate.append(gc.isenabled()), lambda: baseline.append(gc.isenabled()), LIMITS)
    assert not any(candidate[-ROUNDS:] + baseline[-ROUNDS:])
    assert gc.isenabled()


@pytest.mark.parametrize("rounds", [1, 7, 50])
def test_orders_are_balanced_shuffled_and_repeatable(rounds: int) -> None:
    orders = shuffled_orders(rounds, seed=1)
    assert len(orders) == rounds
    assert abs(orders.count(CANDIDATE_FIRST) - orders.count(BASELINE_FIRST)) == rounds % 2
    assert orders == shuffled_orders(rounds, seed=1)
    assert len({tuple(shuffled_orders(rounds, seed)) for seed in range(20)}) > 1


@pytest.mark.parametrize(("pair_seconds", "rounds"), [(0.1, 10), (0.3, 7), (1e-6, 50)])
def test_rounds_fill_the_budget_within_their_limits(pair_seconds: float, rounds: int) -> None:
    assert Limits(budget_seconds=1.0, least=7, most=50).rounds(pair_seconds) == rounds
