"""From the pairs of one candidate to its rows: one of `throughput.csv`, and one of `rounds.csv` for every round."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.roofline.peaks import Needs
from benchmarks.timing.interleaved import Pairs


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the candidates of one comparison have in common."""

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
    """The part of the batch's source positions that holds padding."""
    hidden_size: int
    cell: str | None = None
    directions: int | None = None
    tokens: str
    """Which tokens are counted, source or target; padding never is."""
    token_count: int
    """How many of them one call works on."""
    threads: int | None = None
    """How many threads torch works with; None: as many as it does already."""
    needs: Needs | None = None
    """The least work that the case asks for; None where nobody has counted it."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one candidate."""

    pairs: Pairs
    peak_bytes: int
    compile_seconds: float | None
    """None where nothing is compiled."""


def throughput_row(
    case: Case, candidate: str, baseline: str, measured: Measured, rates: Mapping[str, float]
) -> dict[str, Any]:
    """`rates` is what the machine does in a second at each limit; not read where the case's needs are not known."""
    pairs = measured.pairs
    median_seconds = statistics.median(pairs.candidate_seconds)
    limit, share = case.needs.share(rates, median_seconds) if case.needs else (None, None)
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
        "peak_bytes": measured.peak_bytes,
        "compile_seconds": measured.compile_seconds,
        "limit": limit,
        "share": share,
    }


def round_rows(suite: str, case: str, candidate: str, pairs: Pairs) -> list[dict[str, Any]]:
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
