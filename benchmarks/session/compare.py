"""The measurement of one candidate of one case: built, timed in pairs with the baseline, and added to the journal."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.roofline.peaks import measure_peak, peak_sizes
from benchmarks.roofline.work import Work
from benchmarks.session.journal import Journal
from benchmarks.session.rows import Case, Measurement, round_rows, throughput_row
from benchmarks.timing.interleaved import Workload, measure
from benchmarks.timing.peak_memory import peak_bytes
from benchmarks.timing.round_count import RoundLimits
from results.load import LoadMeter
from results.tables.column import text
from seq2seq_core.interleaving import seconds
from seq2seq_core.seeding import derive

ALREADY_MEASURED = "already measured, before the session was interrupted"


@dataclass(frozen=True)
class Compare:
    """The fixture `compare` of the suites. A test calls it once."""

    benchmark: BenchmarkFixture
    limits: RoundLimits
    journal: Journal

    def __call__(
        self, case: Case, candidate: str, baseline: str, make: Callable[[str], Workload], *, compiled: bool = False
    ) -> None:
        """Times `make(candidate)` against `make(baseline)`; skips the test if the journal has the candidate already.

        The baseline is itself a candidate, timed against a second copy (an A/A control): the interval of its ratio
        should contain 1. If `compiled`, the first call of the candidate is timed separately, with empty compiler
        caches. Raises CellError if the tables do not accept the name of the candidate.
        """
        text("candidate").format(candidate)  # the name may come from a score that a user has added
        self.benchmark.group = f"{case.suite}: {case.name}"
        key = (case.suite, case.name, candidate)
        if key in self.journal.entries:
            pytest.skip(ALREADY_MEASURED)
        device = torch.device(case.device)
        with threads(case.threads):
            workload = make(candidate)
            compile_seconds = first_call_seconds(workload) if compiled and self.benchmark.enabled else None
            load = LoadMeter()
            pairs = measure(self.benchmark, workload, make(baseline), self.limits, seed=derive(0, "/".join(key)))
            if pairs is None:
                return
            noise = {**load.read(), "control_spread": pairs.spread if candidate == baseline else None}
            measurement = Measurement(pairs, peak_bytes(workload, device), compile_seconds)
            peaks = peak_rates(self.journal, case.least_work, device, case.hidden_size) if case.least_work else {}
            row = throughput_row(case, candidate, baseline, measurement, peaks)
        self.benchmark.extra_info.update(row)
        self.journal.add(key, {"throughput": [row], "rounds": round_rows(*key, pairs), "noise": [noise]})


def peak_rates(journal: Journal, work: Work, device: torch.device, hidden_size: int) -> dict[str, float]:
    """Operation -> its peak rate per second; a size is measured once a session, and then read from the journal."""
    rates = {}
    for operation, size in peak_sizes(work, hidden_size, device).items():
        key = (str(device), str(torch.get_num_threads()), operation, str(size))
        if key not in journal.entries:
            journal.add(key, {"ceilings": [measure_peak(device, operation, size)]})
        rates[operation] = journal.entries[key]["ceilings"][0]["per_second"]
    return rates


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Sets the number of torch threads inside the block; None keeps the current number."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def first_call_seconds(workload: Workload) -> float:
    """The seconds of a first call, in which `torch.compile` compiles, with empty caches of the compiler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's compiler imports deprecated parts of torch
        from torch._inductor import compile_fx  # noqa: F401  # loading the compiler takes seconds, and is not counted
        from torch._inductor.utils import fresh_inductor_cache

    torch.compiler.reset()
    with fresh_inductor_cache():
        return seconds(workload)
