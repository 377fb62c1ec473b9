"""Ours beside a peer: both timed in pairs, both weighed, and entered in the session's ledger."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.roofline.peaks import Needs
from benchmarks.session.compare import first_call_seconds, limit_rates, threads
from benchmarks.session.journal import Ledger
from benchmarks.session.rows import round_rows
from benchmarks.timing.interleaved import Work, measure
from benchmarks.timing.peak_memory import peak_bytes
from benchmarks.timing.round_count import Limits
from seq2seq_core.seeding import derive

CPU = torch.device("cpu")
ONE_CASE = ("work", "case", "ours", "peer", "device", "threads", "hidden_size", "batch", "mode")


@dataclass(frozen=True, kw_only=True)
class Match:
    """One work, done by both."""

    work: str
    """training, encoder, scoring, greedy or metric"""
    case: str
    """What tells it from other matches of the work, beside sizes and threads."""
    ours: str
    peer: str
    threads: int
    cell: str | None = None
    score: str | None = None
    query: str | None = None
    hidden_size: int
    batch: int
    shortest: int | None = None
    source_length: int
    target_length: int | None = None
    compiled: bool = False
    """Whether ours goes through `torch.compile`."""
    needs: Needs | None = None
    """The least work that both are asked for; None where nobody has counted it."""
    at_least: float | None = None
    """How many times faster ours should be."""
    at_least_smaller: float | None = None
    """How many times less memory ours should take; with it the match has a row of its own for memory."""


@dataclass(frozen=True)
class Beside:
    """The fixture of the suites; a test calls it once."""

    device: torch.device
    benchmark: BenchmarkFixture
    limits: Limits
    ledger: Ledger

    def __call__(self, match: Match, ours: Work, peer: Work) -> None:
        """Times ours beside the peer; skips the test on another device, or if an unfinished session has done so."""
        if self.device != CPU:
            pytest.skip("peers are timed on a CPU alone")
        row = _sizes(match)
        name = tuple(str(row[column]) for column in ONE_CASE)
        self.benchmark.group = f"{match.work}: {match.case}"
        if name in self.ledger.entries:
            pytest.skip("measured before the session was cut off")
        with threads(match.threads):
            compile_seconds = first_call_seconds(ours) if match.compiled and self.benchmark.enabled else None
            pairs = measure(self.benchmark, ours, peer, self.limits, seed=derive(0, "/".join(name)))
            if pairs is None:
                return
            limit, share = None, None
            ours_median = statistics.median(pairs.candidate_seconds)
            if match.needs:
                rates = limit_rates(self.ledger, match.needs, CPU, match.hidden_size)
                limit, share = match.needs.share(rates, ours_median)
            held = {"our_peak_bytes": peak_bytes(ours, CPU), "peer_peak_bytes": peak_bytes(peer, CPU)}
        row |= {
            "compile_seconds": compile_seconds,
            "rounds": len(pairs.orders),
            "stopped": pairs.stopped,
            "our_median_seconds": ours_median,
            "peer_median_seconds": statistics.median(pairs.baseline_seconds),
            "limit": limit,
            "share": share,
            **held,
        }
        interval = {"ratio": pairs.ratio.estimate, "ratio_low": pairs.ratio.low, "ratio_high": pairs.ratio.high}
        rows = [{**row, **interval, "at_least": match.at_least, "measure": "time"}]
        if match.at_least_smaller:
            ratio = held["our_peak_bytes"] / held["peer_peak_bytes"]
            weighed = {"ratio": ratio, "ratio_low": None, "ratio_high": None}
            rows.append({**row, **weighed, "at_least": match.at_least_smaller, "measure": "memory"})
        self.benchmark.extra_info.update(rows[0])
        rounds = round_rows("peers", ", ".join(name), f"{match.ours} beside {match.peer}", pairs)
        self.ledger.enter(name, {"peers": rows, "rounds": rounds})


def _sizes(match: Match) -> dict[str, Any]:
    """The columns of peers.csv that are known before."""
    known = dataclasses.asdict(dataclasses.replace(match, needs=None))
    for name in ("compiled", "needs", "at_least", "at_least_smaller"):
        del known[name]
    return {**known, "device": str(CPU), "mode": "compile" if match.compiled else "eager"}
