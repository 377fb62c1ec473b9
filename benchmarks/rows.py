"""From the pairs of one candidate to its rows: one of `throughput.csv`, and one of `rounds.csv` for every round."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.ceilings import Needs
from benchmarks.paired import Pairs
from results.statistics import median_ratio


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


def throughput_row(case: Case, candidate: str, baseline: str, pairs: Pairs, peak_bytes: int | None) -> dict[str, Any]:
    median_seconds = statistics.median(pairs.candidate_seconds)
    ratio = median_ratio(pairs.candidate_seconds, pairs.baseline_seconds)
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
        "stopped": "limit",
        "median_seconds": median_seconds,
        "tokens": case.tokens,
        "tokens_per_second": case.token_count / median_seconds,
        "ratio": ratio.estimate,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "peak_bytes": peak_bytes,
        "compile_seconds": None,
        "limit": None,
        "share": None,
    }


def round_rows(case: Case, candidate: str, pairs: Pairs) -> list[dict[str, Any]]:
    timed = zip(pairs.orders, pairs.candidate_seconds, pairs.baseline_seconds, strict=True)
    return [
        {
            "suite": case.suite,
            "case": case.name,
            "candidate": candidate,
            "round": number,
            "order": order,
            "candidate_seconds": candidate_seconds,
            "baseline_seconds": baseline_seconds,
        }
        for number, (order, candidate_seconds, baseline_seconds) in enumerate(timed, start=1)
    ]
