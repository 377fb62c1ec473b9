"""Interleaved timing: the order of the sides, the clock and the garbage collector."""

from __future__ import annotations

import gc
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.interleaving import no_garbage_collection, seconds, shuffled_orders

SIDES = ("a", "b")


@given(st.integers(0, 60), st.integers(0, 2**32))
def test_orders_are_balanced_and_repeatable(rounds: int, seed: int) -> None:
    orders = shuffled_orders(rounds, seed, SIDES)
    assert len(orders) == rounds
    assert abs(orders.count("a") - orders.count("b")) == rounds % 2
    assert orders == shuffled_orders(rounds, seed, SIDES)


def test_orders_are_shuffled_and_the_extra_round_is_drawn() -> None:
    assert len({tuple(shuffled_orders(7, seed, SIDES)) for seed in range(20)}) > 10
    assert {shuffled_orders(1, seed, SIDES)[0] for seed in range(20)} == {"a", "b"}


def test_the_orders_of_a_seed_never_change() -> None:
    """The orders of committed rounds can be reproduced."""
    assert "".join(shuffled_orders(9, 1, SIDES)) == "aaabbbaab"


def test_seconds_are_those_of_one_call() -> None:
    calls: list[int] = []
    before = time.perf_counter()
    elapsed = seconds(lambda: (calls.append(1), time.sleep(0.01)))
    assert calls == [1]
    assert 0.01 <= elapsed <= time.perf_counter() - before


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_before_after_an_error(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        with pytest.raises(ZeroDivisionError), no_garbage_collection():
            _ = 1 / gc.isenabled()  # 1 / 0 if it is disabled
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
