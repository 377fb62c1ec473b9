"""A case, the measurement of one candidate, and their rows: one of `throughput.csv`, one of `rounds.csv` per round."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.roofline.work import Work
from benchmarks.timing.interleaved import PairedTimes


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the candidates of one comparison have in common; most fields are columns of throughput.csv."""

    suite: str
    name: str
    """Unique within the suite."""
    device: str
    batch: int
    source_length: int
    """The longest source of the batch, in tokens."""
    target_length: int | None = None
    """The longest target of the batch, in tokens; None where there is no target."""
    padding_ratio: float
    """The fraction of the batch's source positions that holds padding."""
    hidden_size: int
    cell: str | None = None
    directions: int | None = None
    tokens: str
    """Which tokens are counted: `source` or `target`. Padding is not, except in the suite `greedy`,
    where every decoded step counts."""
    token_count: int
    """How many of them one call processes."""
    threads: int | None = None
    """The number of torch threads; None keeps the current number."""
    least_work: Work | None = None
    """The least work of one call; None if it is not counted."""


@dataclass(frozen=True)
class Measurement:
    """The times and the memory of one candidate."""

    pairs: PairedTimes
    peak_bytes: int
    compile_seconds: float | None
    """The time of the first call; None if nothing is compiled."""


def throughput_row(
    case: Case, candidate: str, baseline: str, measurement: Measurement, peaks: Mapping[str, float]
) -> dict[str, Any]:
    """`peaks` maps each operation to its peak rate per second; not read if the work of the case is not counted."""
    pairs = measurement.pairs
    median_seconds = statistics.median(pairs.candidate_seconds)
    limit, fraction = (None, None)
    if case.least_work:
        limit, fraction = case.least_work.fraction_of_peak(peaks, median_seconds)
    return {
        "suite": case.suite,
        "case": case.name,
        "candidate": candidate,
        "baseline": baseline,
        "device": case.device,
        "threads": torch.get_num_threads(),
        "cell": case.cell,
        "directions": case.directions,
        "batch": case.batch,
        "source_length": case.source_length,
        "target_length": case.target_length,
        "padding_ratio": case.padding_ratio,
        "hidden_size": case.hidden_size,
        "rounds": len(pairs.orders),
        "stopped": pairs.stopped,
        "median_seconds": median_seconds,
        "tokens": case.tokens,
        "tokens_per_second": case.token_count / median_seconds,
        "ratio": pairs.ratio.estimate,
        "ratio_low": pairs.ratio.low,
        "ratio_high": pairs.ratio.high,
        "peak_bytes": measurement.peak_bytes,
        "compile_seconds": measurement.compile_seconds,
        "limit": limit,
        "share": fraction,
    }


def round_rows(suite: str, case: str, candidate: str, pairs: PairedTimes) -> list[dict[str, Any]]:
    timed = zip(pairs.orders, pairs.candidate_seconds, pairs.baseline_seconds, strict=True)
    return [
        {
            "suite": suite,
            "case": case,
            "candidate": candidate,
            "round": number,
            "order": order,
            "candidate_seconds": candidate_seconds,
            "baseline_seconds": baseline_seconds,
        }
        for number, (order, candidate_seconds, baseline_seconds) in enumerate(timed, start=1)
    ]
