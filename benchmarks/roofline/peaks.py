"""The peak rates of the machine: the highest median rates that torch itself reaches here.

There are four operations: a matrix product, the faster of sigmoid and tanh (tanh(x) = 2 sigmoid(2x) - 1), a reciprocal,
and a copy of about as many bytes as the case moves. A case at 0.9 of its peak can become at most 1.1 times as fast; a
case at 0.01 has room for improvement.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch.nn import functional

from benchmarks.roofline.work import Work
from benchmarks.timing.interleaved import Workload
from seq2seq_core.interleaving import seconds

ROUNDS = 7
ROUND_SECONDS = 0.002
"""A round repeats the operation for about as long, since reading the clock and synchronising take microseconds."""
MATMUL_ROWS = {"cpu": (512, 4096), "cuda": (65536,)}
"""Rows of the left matrix: few fit a CPU's cache, many keep an accelerator busy."""
GATES = 4
"""The right matrix is as wide as the weights of an LSTM: this many times the hidden size."""
ELEMENTS = {"cpu": 2**20, "cuda": 2**26}
"""Elements whose tanh or reciprocal is computed; also the smallest copy, of elements of four bytes. Fewer take as long
as the call itself, on an H200 2**20."""
MAX_COPY = 2**26
"""A larger copy has the same rate."""


def peak_sizes(work: Work, hidden_size: int, device: torch.device) -> dict[str, int]:
    """The size at which the peak of each operation is measured for a case: the column `size` of ceilings.csv."""
    least = ELEMENTS[device.type]
    elements = 2 ** round(math.log2(max(work.bytes / 8, 1)))  # a copy reads and writes each element
    return {
        "matmul": hidden_size,
        "tanh": least,
        "reciprocal": least,
        "copy": min(max(elements, least), MAX_COPY),
    }


def measure_peak(device: torch.device, operation: str, size: int) -> dict[str, Any]:
    """Measures one peak with the current number of torch threads -> a row of ceilings.csv."""
    return {
        "device": str(device),
        "threads": torch.get_num_threads(),
        "limit": operation,
        "size": size,
        "per_second": max(
            amount / _median_seconds(workload) for workload, amount in _OPERATIONS[operation](device, size)
        ),
        "rounds": ROUNDS,
    }


def _matmul(device: torch.device, size: int) -> Iterator[tuple[Workload, float]]:
    """On a CPU with MKL and with oneDNN: either is up to twice as fast as the other, depending on the processor."""
    right = torch.randn(GATES * size, size, device=device)
    for rows in MATMUL_ROWS[device.type]:
        left = torch.randn(rows, size, device=device)
        flop = 2.0 * rows * size * GATES * size
        yield partial(functional.linear, left, right), flop
        if device.type == "cpu" and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
            yield partial(functional.linear, left.to_mkldnn(), right.to_mkldnn()), flop


def _tanh(device: torch.device, size: int) -> Iterator[tuple[Workload, float]]:
    numbers = torch.randn(size, device=device)
    out = torch.empty_like(numbers)
    yield partial(torch.sigmoid, numbers, out=out), size
    yield partial(torch.tanh, numbers, out=out), size


def _reciprocal(device: torch.device, size: int) -> Iterator[tuple[Workload, float]]:
    numbers = torch.rand(size, device=device) + 1
    yield partial(torch.reciprocal, numbers, out=torch.empty_like(numbers)), size


def _copy(device: torch.device, size: int) -> Iterator[tuple[Workload, float]]:
    numbers = torch.randn(size, device=device)
    out = torch.empty_like(numbers)
    yield partial(out.copy_, numbers), 8.0 * size


_OPERATIONS: dict[str, Callable[[torch.device, int], Iterator[tuple[Workload, float]]]] = {
    "matmul": _matmul,
    "tanh": _tanh,
    "reciprocal": _reciprocal,
    "copy": _copy,
}
"""Each yields the ways to compute it, with the flop, elements or bytes of one call."""


def _median_seconds(workload: Workload) -> float:
    workload()
    calls = math.ceil(ROUND_SECONDS / seconds(workload))

    def repeat() -> None:
        for _ in range(calls):
            workload()

    return statistics.median(seconds(repeat) for _ in range(ROUNDS)) / calls
