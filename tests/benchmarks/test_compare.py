"""What surrounds the measurement of a candidate."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.session.compare import Compare, first_call_seconds, threads
from benchmarks.session.journal import Ledger
from benchmarks.session.rows import Case
from benchmarks.timing.interleaved import seconds
from benchmarks.timing.round_count import Limits
from results.tables.column import CellError


@pytest.mark.parametrize(("number", "meanwhile"), [(3, 3), (None, 1)])
def test_a_case_has_its_own_threads_and_leaves_the_number_as_it_was(number: int | None, meanwhile: int) -> None:
    with threads(number):
        assert torch.get_num_threads() == meanwhile
    assert torch.get_num_threads() == 1


def test_threads_are_as_before_after_a_candidate_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), threads(3):
        _ = 1 / 0
    assert torch.get_num_threads() == 1


def test_a_candidate_that_a_table_would_refuse_is_refused_before_it_is_timed(tmp_path: Path) -> None:
    """Such as a score of one's own; its session ends hours later, with all rows in one table."""
    compare = Compare(
        cast(BenchmarkFixture, None), Limits(width=1, seconds=1, least=1, most=1), Ledger(tmp_path, [], {})
    )
    case = Case(suite="score", name="cpu", device="cpu", batch=1, source_length=1, padding_ratio=0, hidden_size=1,
                tokens="source", token_count=1)  # fmt: skip
    with pytest.raises(CellError, match="candidate is 'nan', which pandas does not read as a text"):
        compare(case, "nan", "general", lambda name: pytest.fail("it was timed"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_the_first_call_compiles_anew_what_was_compiled_before() -> None:
    numbers = torch.ones(8)
    compiled = torch.compile(lambda values: (values * 2).tanh())
    first_call_seconds(lambda: compiled(numbers))
    again = first_call_seconds(lambda: compiled(numbers))
    assert again > 100 * min(seconds(lambda: compiled(numbers)) for _ in range(5))
