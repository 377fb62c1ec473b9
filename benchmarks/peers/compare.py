"""Our implementation against a peer: the times and the memory of both, added to the journal of the session."""

from __future__ import annotations

import dataclasses
import statistics
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.peers.shared import CPU
from benchmarks.roofline.work import Work
from benchmarks.session.compare import ALREADY_MEASURED, first_call_seconds, peak_rates, threads
from benchmarks.session.journal import Journal
from benchmarks.session.rows import round_rows
from benchmarks.timing.interleaved import Workload, measure
from benchmarks.timing.peak_memory import peak_bytes
from benchmarks.timing.round_count import RoundLimits
from results.load import LoadMeter
from seq2seq_core.seeding import derive

KEY_COLUMNS = ("work", "case", "ours", "peer", "device", "threads", "hidden_size", "batch", "mode")


@dataclass(frozen=True, kw_only=True)
class PeerCase:
    """What both sides do; most fields are columns of peers.csv."""

    work: str
    """`training`, `encoder`, `scoring`, `greedy` or `metric`."""
    case: str
    """In words, what distinguishes it from other cases of the same `work`, sizes and threads."""
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
    """Whether our side is compiled by `torch.compile`."""
    least_work: Work | None = None
    """The least work of one call; None if it is not counted."""
    at_least: float | None = None
    """The target ratio: how many times faster than the peer our side should be."""
    at_least_smaller: float | None = None
    """The target ratio of memory: how many times smaller our peak should be. If set, the case has a row for memory."""


@dataclass(frozen=True)
class CompareWithPeer:
    """The fixture `compare_with_peer` of the suites. A test calls it once."""

    device: torch.device
    benchmark: BenchmarkFixture
    limits: RoundLimits
    journal: Journal

    def __call__(self, case: PeerCase, ours: Workload, peer: Workload) -> None:
        """Times our side against the peer; skips the test on a GPU, or if the journal has the case already."""
        if self.device != CPU:
            pytest.skip("peers are only timed on a CPU")
        row = _case_columns(case)
        key = tuple(str(row[column]) for column in KEY_COLUMNS)
        self.benchmark.group = f"{case.work}: {case.case}"
        if key in self.journal.entries:
            pytest.skip(ALREADY_MEASURED)
        with threads(case.threads):
            compile_seconds = first_call_seconds(ours) if case.compiled and self.benchmark.enabled else None
            load = LoadMeter()
            pairs = measure(self.benchmark, ours, peer, self.limits, seed=derive(0, "/".join(key)))
            if pairs is None:
                return
            noise = load.read()
            limit, fraction = None, None
            our_median = statistics.median(pairs.candidate_seconds)
            if case.least_work:
                peaks = peak_rates(self.journal, case.least_work, CPU, case.hidden_size)
                limit, fraction = case.least_work.fraction_of_peak(peaks, our_median)
            if case.at_least_smaller:
                row |= {"our_peak_bytes": peak_bytes(ours, CPU), "peer_peak_bytes": peak_bytes(peer, CPU)}
        row |= {
            "compile_seconds": compile_seconds,
            "rounds": len(pairs.orders),
            "stopped": pairs.stopped,
            "our_median_seconds": our_median,
            "peer_median_seconds": statistics.median(pairs.baseline_seconds),
            "limit": limit,
            "share": fraction,
        }
        time = {"ratio": pairs.ratio.estimate, "ratio_low": pairs.ratio.low, "ratio_high": pairs.ratio.high}
        rows = [{**row, **time, "at_least": case.at_least, "measure": "time"}]
        if case.at_least_smaller:
            smaller = {"ratio": row["our_peak_bytes"] / row["peer_peak_bytes"], "ratio_low": None, "ratio_high": None}
            rows.append({**row, **smaller, "at_least": case.at_least_smaller, "measure": "memory"})
        self.benchmark.extra_info.update(rows[0])
        rounds = round_rows("peers", ", ".join(key), f"{case.ours} beside {case.peer}", pairs)
        self.journal.add(key, {"peers": rows, "rounds": rounds, "noise": [noise]})


def _case_columns(case: PeerCase) -> dict[str, Any]:
    """The columns of peers.csv that are known before the measurement; bytes are measured only if they have an aim."""
    columns = dataclasses.asdict(dataclasses.replace(case, least_work=None))
    for name in ("compiled", "least_work", "at_least", "at_least_smaller"):
        del columns[name]
    memory = {"our_peak_bytes": None, "peer_peak_bytes": None}
    return {**columns, **memory, "device": str(CPU), "mode": "compile" if case.compiled else "eager"}
