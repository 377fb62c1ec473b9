"""The measurement of a candidate: number of threads, names, compilation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.session.compare import Compare, first_call_seconds, threads
from benchmarks.session.journal import Journal
from benchmarks.session.rows import Case
from benchmarks.timing.round_count import RoundLimits
from results.tables.column import CellError
from seq2seq_core.interleaving import seconds


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("number", "inside"), [(3, 3), (None, 2)])
def test_the_number_of_threads_is_set_inside_the_block_and_restored(number: int | None, inside: int) -> None:
    with threads(number):
        assert torch.get_num_threads() == inside
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_restored_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), threads(3):
        _ = 1 / 0
    assert torch.get_num_threads() == 2


def test_a_name_that_the_tables_refuse_is_refused_before_the_timing(tmp_path: Path) -> None:
    """A user's score may have such a name. Without the check, the session would fail when it writes the tables."""
    compare = Compare(
        cast(BenchmarkFixture, None), RoundLimits(width=1, seconds=1, least=1, most=1), Journal(tmp_path, [], {})
    )
    case = Case(suite="score", name="cpu", device="cpu", batch=1, source_length=1, padding_ratio=0, hidden_size=1,
                tokens="source", token_count=1)  # fmt: skip
    with pytest.raises(CellError, match="candidate is 'nan', which pandas does not read as a text"):
        compare(case, "nan", "general", lambda name: pytest.fail("it was timed"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_the_first_call_compiles_again_what_was_compiled_before() -> None:
    numbers = torch.ones(8)
    compiled = torch.compile(lambda values: (values * 2).tanh())
    compiled(numbers)
    again = first_call_seconds(lambda: compiled(numbers))
    assert again > 100 * min(seconds(lambda: compiled(numbers)) for _ in range(5))
