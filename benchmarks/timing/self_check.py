"""The instrument checked against itself: works whose ratio is known, timed as the suites time theirs.

Each work repeats one small product of matrices. Against an equal copy the ratio is 1, and its interval should miss that
in at most one case of twenty; 21 repetitions against 20 plant a slowdown of 5%, which should be found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.folder import refuse_fewer
from benchmarks.timing.interleaved import Work, seconds, time_pairs
from benchmarks.timing.round_count import Limits
from results.cores import usable_cores
from results.report.instrument import check_verdicts
from results.statistics import LEVEL
from results.tables import csv_io, provenance
from results.tables.column import plural
from seq2seq_core.seeding import derive

UNITS = 20
SIZE = 128
"""Rows and columns of the product that is repeated: tens of microseconds on a CPU."""
PLANTED = {1.0: UNITS, 1.05: UNITS + 1}
"""The candidate's repetitions, by the true ratio."""
LIMITS = Limits(width=0.03, seconds=2.0, least=7, most=1000)


def check(cases: int, out: Path, command: Sequence[str]) -> list[str]:
    """Times so many cases of each planted ratio, writes checks.csv and its provenance; returns what they say.

    Raises InputError, before any work, if the folder cannot be written, or holds the checks of more cases.
    """
    provenance.prepare(out)
    refuse_fewer(out, "checks", cases * len(PLANTED), "rows")
    torch.set_num_threads(min(torch.get_num_threads(), usable_cores()))  # torch does not know of a container's quota
    started = datetime.now(UTC)
    rows = [
        check_row(planted, case)
        for case in tqdm(range(1, cases + 1), desc="cases", unit="case")
        for planted in PLANTED  # side by side, so that no hour of the machine is one ratio's alone
    ]
    csv_io.write_table(out, "checks", rows)
    provenance.record(
        out,
        "checks",
        command=command,
        profile=plural(cases, "case"),
        threads=torch.get_num_threads(),
        gpu=None,
        started=started,
        settings={"interval_level": LEVEL, "limits": dataclasses.asdict(LIMITS)},
    )
    return check_verdicts(csv_io.read_table(out, "checks"))


def check_row(planted: float, case: int) -> dict[str, float]:
    """A row of checks.csv: one case of this true ratio."""
    seed = derive(0, f"check/{planted}/{case}")
    matrices = torch.rand(3, SIZE, SIZE)
    candidate, baseline = (products(matrices, times) for times in (PLANTED[planted], UNITS))
    pairs = time_pairs(run_rounds, candidate, baseline, LIMITS, seed=seed)
    return {
        "planted": planted,
        "case": case,
        "rounds": len(pairs.orders),
        "ratio": pairs.ratio.estimate,
        "ratio_low": pairs.ratio.low,
        "ratio_high": pairs.ratio.high,
    }


def products(matrices: Tensor, times: int) -> Work:
    """Repeats one product of small matrices (3,SIZE,SIZE), the last of them its outcome.

    Both works have the same matrices: at other places in memory the same product takes a few per cent more or less for
    as long as it stays there, so that the true ratio would not be known.
    """
    left, right, out = matrices

    def work() -> None:
        for _ in range(times):
            torch.mm(left, right, out=out)

    return work


def run_rounds(candidate: Work, before: Work, after: Work, rounds: int) -> list[float]:
    """What pytest-benchmark does of a round, without its report."""
    taken = []
    for _ in range(rounds):
        before()
        taken.append(seconds(candidate))
        after()
    return taken
