"""One candidate of one case: built, timed in pairs with the baseline, and entered in the session's ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.paired import Limits, Work, measure
from benchmarks.rows import Case, round_rows, throughput_row
from seq2seq_core.device import peak_bytes, reset_peak
from seq2seq_core.seeding import derive


@dataclass
class Ledger:
    """The rows of a session, as they come in."""

    throughput: list[dict[str, Any]] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Compare:
    """The fixture of the suites; a test calls it once."""

    benchmark: BenchmarkFixture
    limits: Limits
    ledger: Ledger

    def __call__(self, case: Case, candidate: str, baseline: str, make: Callable[[str], Work]) -> None:
        """Times `make(candidate)` beside `make(baseline)`.

        The baseline is a candidate too, beside another copy of itself: its ratio should be 1, to within its interval.
        """
        self.benchmark.group = f"{case.suite}: {case.name}"
        work = make(candidate)
        seed = derive(0, f"{case.suite}/{case.name}/{candidate}")
        pairs = measure(self.benchmark, work, make(baseline), self.limits, seed=seed)
        if pairs is None:
            return
        device = torch.device(case.device)
        reset_peak(device)
        work()
        row = throughput_row(case, candidate, baseline, pairs, peak_bytes(device))
        self.benchmark.extra_info.update(row)
        self.ledger.throughput.append(row)
        self.ledger.rounds.extend(round_rows(case, candidate, pairs))
