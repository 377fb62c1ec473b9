"""The machine's own limits, and how near to them a case comes.

Whoever is at nine tenths of a limit can gain no more than a tenth; whoever is at a hundredth has something to look for.
A limit is the best median rate that torch itself reaches here: of a product of matrices, of the faster of sigmoid and
tanh (tanh(x) = 2 sigmoid(2x) - 1), of a reciprocal, and of a copy of as many bytes as the case moves.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.nn import functional

from benchmarks.timing.interleaved import Work, seconds

ROUNDS = 7
ROUND_SECONDS = 0.002
"""A round repeats the work for about as long: reading the clock, and waiting for an accelerator, take microseconds."""
MATMUL_ROWS = {"cpu": (512, 4096), "cuda": (65536,)}
"""Of the left matrix: few are best in a cache, many on an accelerator."""
GATES = 4
"""The right matrix is as wide as those of an LSTM: so many times the hidden size."""
ELEMENTS = 2**20
"""Of those whose tanh or reciprocal is taken"""
LEAST_COPY, MOST_COPY = 2**20, 2**26
"""In elements of four bytes. Less takes no longer than the call; more is no slower."""


@dataclass(frozen=True)
class Needs:
    """The least work that a case asks for, however it is computed; padding is never part of it."""

    flop: float
    """Of its products of matrices: two for each multiply-add."""
    tanh: float
    """FactoredSigmoid and tanhs, in elements."""
    bytes: float
    """That have to be read or written once, even if everything else stayed in registers."""
    reciprocal: float = 0
    """Reciprocals, in elements, of which a tanh of a sum can be had."""

    def sizes(self, hidden_size: int) -> dict[str, int]:
        """For each limit, the size at which the machine is asked for it, as in ceilings.csv."""
        elements = 2 ** round(math.log2(max(self.bytes / 8, 1)))  # each is read and written
        return {
            "matmul": hidden_size,
            "tanh": ELEMENTS,
            "reciprocal": ELEMENTS,
            "copy": min(max(elements, LEAST_COPY), MOST_COPY),
        }

    def share(self, rates: Mapping[str, float], taken_seconds: float) -> tuple[str, float]:
        """The limit that binds, given the rate of each a second, and the part of it that a case reaches."""
        needs = {"matmul": self.flop, "tanh": self.tanh, "reciprocal": self.reciprocal, "copy": self.bytes}
        floors = {limit: need / rates[limit] for limit, need in needs.items()}
        binding = max(floors, key=lambda limit: floors[limit])
        return binding, floors[binding] / taken_seconds


def measure_ceiling(device: torch.device, limit: str, size: int) -> dict[str, Any]:
    """A row of ceilings.csv, measured with as many threads as torch has now."""
    return {
        "device": str(device),
        "threads": torch.get_num_threads(),
        "limit": limit,
        "size": size,
        "per_second": max(amount / _median_seconds(work) for work, amount in _LIMITS[limit](device, size)),
        "rounds": ROUNDS,
    }


def _matmul(device: torch.device, size: int) -> Iterator[tuple[Work, float]]:
    """On a CPU by either library that torch has for it: each is twice as fast as the other on some processors."""
    right = torch.randn(GATES * size, size, device=device)
    for rows in MATMUL_ROWS[device.type]:
        left = torch.randn(rows, size, device=device)
        flop = 2.0 * rows * size * GATES * size
        yield partial(functional.linear, left, right), flop
        if device.type == "cpu" and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
            yield partial(functional.linear, left.to_mkldnn(), right.to_mkldnn()), flop


def _tanh(device: torch.device, size: int) -> Iterator[tuple[Work, float]]:
    numbers = torch.randn(size, device=device)
    out = torch.empty_like(numbers)
    yield partial(torch.sigmoid, numbers, out=out), size
    yield partial(torch.tanh, numbers, out=out), size


def _reciprocal(device: torch.device, size: int) -> Iterator[tuple[Work, float]]:
    numbers = torch.rand(size, device=device) + 1
    yield partial(torch.reciprocal, numbers, out=torch.empty_like(numbers)), size


def _copy(device: torch.device, size: int) -> Iterator[tuple[Work, float]]:
    numbers = torch.randn(size, device=device)
    out = torch.empty_like(numbers)
    yield partial(out.copy_, numbers), 8.0 * size


_LIMITS: dict[str, Callable[[torch.device, int], Iterator[tuple[Work, float]]]] = {
    "matmul": _matmul,
    "tanh": _tanh,
    "reciprocal": _reciprocal,
    "copy": _copy,
}


def _median_seconds(work: Work) -> float:
    work()
    calls = math.ceil(ROUND_SECONDS / seconds(work))

    def repeated() -> None:
        for _ in range(calls):
            work()

    return statistics.median(seconds(repeated) for _ in range(ROUNDS)) / calls
