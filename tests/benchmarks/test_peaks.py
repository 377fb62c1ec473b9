"""The peak rates of the machine, and the sizes at which they are measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.roofline.peaks import ELEMENTS, MAX_COPY, ROUNDS, _median_seconds, measure_peak, peak_sizes
from benchmarks.roofline.work import Work
from results.tables import csv_io
from seq2seq_core import interleaving


@given(st.floats(0, 1e15))
def test_a_copy_is_about_as_large_as_what_the_case_moves_within_bounds(moved: float) -> None:
    size = peak_sizes(Work(flop=0.0, tanh=0.0, bytes=moved), 64, torch.device("cpu"))["copy"]
    assert size & (size - 1) == 0  # a power of two, so that similar sizes share a measurement
    assert size in (ELEMENTS["cpu"], MAX_COPY) or 0.7 * moved < 8 * size < 1.42 * moved
    assert ELEMENTS["cpu"] <= size <= MAX_COPY


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_peaks_are_rows_of_the_table(device: str, tmp_path: Path) -> None:
    sizes = peak_sizes(Work(flop=1.0, tanh=1.0, bytes=1.0), 16, torch.device(device))
    rows = [measure_peak(torch.device(device), operation, size) for operation, size in sizes.items()]
    csv_io.write_table(tmp_path, "ceilings", rows)
    table = csv_io.read_table(tmp_path, "ceilings").set_index("limit")
    assert table["size"].to_dict() == sizes
    assert (table.per_second > 1e6).all()


@pytest.mark.gpu
@pytest.mark.serial
@pytest.mark.parametrize("operation", ["tanh", "reciprocal", "copy"])
def test_peaks_of_a_gpu_do_not_depend_on_the_launch(operation: str) -> None:
    """A quarter of the elements has about the same rate. At sizes that take no longer than a launch, it has a quarter
    of it."""
    cuda = torch.device("cuda")
    size = peak_sizes(Work(flop=1.0, tanh=1.0, bytes=1.0), 16, cuda)[operation]
    large, small = (measure_peak(cuda, operation, elements)["per_second"] for elements in (size, size // 4))
    assert small / large > 0.6


def test_the_time_of_a_call_is_the_median_over_rounds_divided_by_the_calls_of_a_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a clock that only the workload moves: most calls take 0.3 ms, those of one round a second."""
    calls, now = 0, 0.0

    def workload() -> None:
        nonlocal calls, now
        calls += 1
        now += 1.0 if 10 <= calls < 16 else 0.0003

    monkeypatch.setattr(interleaving, "TIMER", lambda: now)
    assert _median_seconds(workload) == pytest.approx(0.0003)
    assert calls == 1 + 1 + ROUNDS * 7  # seven calls last ROUND_SECONDS or more


@pytest.mark.serial
def test_matrices_twice_as_wide_count_as_four_times_the_work() -> None:
    """So the rate differs by a small factor only."""
    small, large = (measure_peak(torch.device("cpu"), "matmul", size)["per_second"] for size in (64, 128))
    assert 0.25 < small / large < 4
