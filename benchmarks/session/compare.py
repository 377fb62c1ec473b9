"""One candidate of one case: built, timed in pairs with the baseline, and entered in the session's ledger."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.roofline.peaks import Needs, measure_ceiling
from benchmarks.session.journal import Ledger
from benchmarks.session.rows import Case, Measured, round_rows, throughput_row
from benchmarks.timing.interleaved import Work, measure, seconds
from benchmarks.timing.peak_memory import peak_bytes
from benchmarks.timing.round_count import Limits
from results.tables.column import text
from seq2seq_core.seeding import derive


@dataclass(frozen=True)
class Compare:
    """The fixture of the suites; a test calls it once."""

    benchmark: BenchmarkFixture
    limits: Limits
    ledger: Ledger

    def __call__(
        self, case: Case, candidate: str, baseline: str, make: Callable[[str], Work], *, compiled: bool = False
    ) -> None:
        """Times `make(candidate)` beside `make(baseline)`; skips the test if an unfinished session has done so.

        The baseline is a candidate too, beside another copy of itself: its ratio should be 1, to within its interval.
        Of a candidate that is `compiled` the first call is timed apart, with nothing compiled before.
        """
        text("candidate").format(candidate)  # a score is named by whoever wrote it, and a table refuses some names
        self.benchmark.group = f"{case.suite}: {case.name}"
        name = (case.suite, case.name, candidate)
        if name in self.ledger.entries:
            pytest.skip("measured before the session was cut off")
        device = torch.device(case.device)
        with threads(case.threads):
            work = make(candidate)
            compile_seconds = first_call_seconds(work) if compiled and self.benchmark.enabled else None
            pairs = measure(self.benchmark, work, make(baseline), self.limits, seed=derive(0, "/".join(name)))
            if pairs is None:
                return
            measured = Measured(pairs, peak_bytes(work, device), compile_seconds)
            rates = limit_rates(self.ledger, case.needs, device, case.hidden_size) if case.needs else {}
            row = throughput_row(case, candidate, baseline, measured, rates)
        self.benchmark.extra_info.update(row)
        self.ledger.enter(name, {"throughput": [row], "rounds": round_rows(*name, pairs)})


def limit_rates(ledger: Ledger, needs: Needs, device: torch.device, hidden_size: int) -> dict[str, float]:
    """What the machine does in a second at each of its limits; measured once a session for each size."""
    rates = {}
    for limit, size in needs.sizes(hidden_size).items():
        name = (str(device), str(torch.get_num_threads()), limit, str(size))
        if name not in ledger.entries:
            ledger.enter(name, {"ceilings": [measure_ceiling(device, limit, size)]})
        rates[limit] = ledger.entries[name]["ceilings"][0]["per_second"]
    return rates


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Torch works with so many threads meanwhile; None: with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def first_call_seconds(work: Work) -> float:
    """What the first call takes, in which `torch.compile` works, without anything that it kept of earlier work."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's compiler imports what torch has deprecated
        from torch._inductor import compile_fx  # noqa: F401  # to load the compiler takes seconds, and is not to compile
        from torch._inductor.utils import fresh_inductor_cache

    torch.compiler.reset()
    with fresh_inductor_cache():
        return seconds(work)
