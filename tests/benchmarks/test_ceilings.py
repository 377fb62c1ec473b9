"""The machine's limits, and the share of them that a case reaches."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.roofline.peaks import LEAST_COPY, MOST_COPY, Needs, measure_ceiling
from results.tables import csv_io

RATES = {"matmul": 100.0, "tanh": 10.0, "reciprocal": 20.0, "copy": 1.0}


@pytest.mark.parametrize(
    ("needs", "limit", "share"),
    [
        (Needs(flop=500.0, tanh=10.0, bytes=1.0), "matmul", 0.5),
        (Needs(flop=500.0, tanh=80.0, bytes=1.0), "tanh", 0.8),
        (Needs(flop=500.0, tanh=10.0, bytes=9.0), "copy", 0.9),
        (Needs(flop=500.0, tanh=10.0, bytes=1.0, reciprocal=120.0), "reciprocal", 0.6),
    ],
)
def test_the_limit_that_takes_longest_binds(needs: Needs, limit: str, share: float) -> None:
    assert needs.share(RATES, taken_seconds=10.0) == (limit, pytest.approx(share))


@given(st.floats(0, 1e15))
def test_a_copy_is_as_large_as_what_is_moved_within_bounds(moved: float) -> None:
    size = Needs(flop=0.0, tanh=0.0, bytes=moved).sizes(64)["copy"]
    assert size & (size - 1) == 0  # a power of two: near sizes share a measurement
    assert size in (LEAST_COPY, MOST_COPY) or 0.7 * moved < 8 * size < 1.42 * moved
    assert LEAST_COPY <= size <= MOST_COPY


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_limits_are_rows_of_the_table(device: str, tmp_path: Path) -> None:
    sizes = Needs(flop=1.0, tanh=1.0, bytes=1.0).sizes(16)
    rows = [measure_ceiling(torch.device(device), limit, size) for limit, size in sizes.items()]
    csv_io.write_table(tmp_path, "ceilings", rows)
    found = csv_io.read_table(tmp_path, "ceilings").set_index("limit")
    assert found["size"].to_dict() == sizes
    assert (found.per_second > 1e6).all()


def test_a_rate_counts_the_work_of_every_call_of_a_round() -> None:
    """A product of matrices twice as wide is four times the work: the rate stays within a small factor."""
    small, large = (measure_ceiling(torch.device("cpu"), "matmul", size)["per_second"] for size in (64, 128))
    assert 0.25 < small / large < 4
