"""The peak rates of the machine, and the sizes at which they are measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.roofline.peaks import MAX_COPY, MIN_COPY, measure_peak, peak_sizes
from benchmarks.roofline.work import Work
from results.tables import csv_io


@given(st.floats(0, 1e15))
def test_a_copy_is_about_as_large_as_what_the_case_moves_within_bounds(moved: float) -> None:
    size = peak_sizes(Work(flop=0.0, tanh=0.0, bytes=moved), 64)["copy"]
    assert size & (size - 1) == 0  # a power of two, so that similar sizes share a measurement
    assert size in (MIN_COPY, MAX_COPY) or 0.7 * moved < 8 * size < 1.42 * moved
    assert MIN_COPY <= size <= MAX_COPY


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_peaks_are_rows_of_the_table(device: str, tmp_path: Path) -> None:
    sizes = peak_sizes(Work(flop=1.0, tanh=1.0, bytes=1.0), 16)
    rows = [measure_peak(torch.device(device), operation, size) for operation, size in sizes.items()]
    csv_io.write_table(tmp_path, "ceilings", rows)
    table = csv_io.read_table(tmp_path, "ceilings").set_index("limit")
    assert table["size"].to_dict() == sizes
    assert (table.per_second > 1e6).all()


@pytest.mark.serial
def test_a_rate_counts_the_work_of_all_calls_of_a_round() -> None:
    """Matrices twice as wide take four times the work, so the rate differs by a small factor only."""
    small, large = (measure_peak(torch.device("cpu"), "matmul", size)["per_second"] for size in (64, 128))
    assert 0.25 < small / large < 4
