"""The measurement checked on workloads whose ratio is known, timed in the same way as the suites.

A workload repeats a small matrix product. If candidate and baseline are equal, the true ratio is 1, and its 95%
interval should miss 1 in at most one case of twenty. If the candidate has 21 repetitions and the baseline 20, the true
ratio is 1.05, and the interval should exclude 1 in at least four cases of five (`results.analysis.timing.self_check`).
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.output_folder import refuse_fewer_rows
from benchmarks.timing.interleaved import PairedTimes, Workload, time_pairs
from benchmarks.timing.round_count import RoundLimits
from results.cores import usable_cores
from results.load import LoadMeter, noise_of
from results.statistics import LEVEL
from results.tables import csv_io, provenance
from results.text import plural
from seq2seq_core.interleaving import seconds
from seq2seq_core.seeding import derive

BASELINE_REPETITIONS = 20
SIZE = 128
"""Rows and columns of the matrices; a product takes tens of microseconds on a CPU."""
CANDIDATE_REPETITIONS = {1.0: BASELINE_REPETITIONS, 1.05: BASELINE_REPETITIONS + 1}
"""True ratio -> repetitions."""
LIMITS = RoundLimits(width=0.03, seconds=2.0, least=7, most=1000)


def check(cases: int, out: Path, command: Sequence[str]) -> None:
    """Times `cases` cases of each true ratio, and writes checks.csv and its provenance.

    Raises InputError, before any measurement, if the checks.csv in the folder has more rows.
    """
    refuse_fewer_rows(out, "checks", cases * len(CANDIDATE_REPETITIONS), "rows")
    torch.set_num_threads(min(torch.get_num_threads(), usable_cores()))  # torch ignores the CPU quota of a container
    started, load = datetime.now(UTC), LoadMeter()
    timed = [
        (true_ratio, case, time_case(true_ratio, case))
        for case in tqdm(range(1, cases + 1), desc="cases", unit="case")
        for true_ratio in CANDIDATE_REPETITIONS  # in turn, so that drift of the machine affects both ratios alike
    ]
    spreads = [pairs.spread for true_ratio, _, pairs in timed if true_ratio == 1.0]
    noise = noise_of([{**load.read(), "control_spread": statistics.median(spreads)}])
    csv_io.write_table(out, "checks", [check_row(*one) for one in timed])
    provenance.record(
        out,
        "checks",
        command=command,
        profile=plural(cases, "case"),
        threads=torch.get_num_threads(),
        gpu=None,
        started=started,
        settings={"interval_level": LEVEL, "limits": dataclasses.asdict(LIMITS)},
        noise=noise,
    )


def time_case(true_ratio: float, case: int) -> PairedTimes:
    seed = derive(0, f"check/{true_ratio}/{case}")
    matrices = torch.rand(3, SIZE, SIZE)
    candidate, baseline = (
        products(matrices, repetitions) for repetitions in (CANDIDATE_REPETITIONS[true_ratio], BASELINE_REPETITIONS)
    )
    return time_pairs(run_rounds, candidate, baseline, LIMITS, seed=seed)


def check_row(true_ratio: float, case: int, pairs: PairedTimes) -> dict[str, float]:
    """The row of checks.csv."""
    return {
        "planted": true_ratio,
        "case": case,
        "rounds": len(pairs.orders),
        "ratio": pairs.ratio.estimate,
        "ratio_low": pairs.ratio.low,
        "ratio_high": pairs.ratio.high,
    }


def products(matrices: Tensor, repetitions: int) -> Workload:
    """A workload that repeats one matrix product; `matrices` (3,SIZE,SIZE) are the two factors and the result.

    Candidate and baseline share the matrices. At other addresses the same product takes a few per cent more or less
    time for as long as the matrices stay there, and the true ratio would not be known.
    """
    left, right, out = matrices

    def run() -> None:
        for _ in range(repetitions):
            torch.mm(left, right, out=out)

    return run


def run_rounds(candidate: Workload, setup: Workload, teardown: Workload, rounds: int) -> list[float]:
    """Runs the rounds as pytest-benchmark does, without its report."""
    candidate_seconds = []
    for _ in range(rounds):
        setup()
        candidate_seconds.append(seconds(candidate))
        teardown()
    return candidate_seconds
