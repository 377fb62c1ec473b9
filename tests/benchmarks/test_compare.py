"""What surrounds the measurement of a candidate."""

from __future__ import annotations

import pytest
import torch

from benchmarks.compare import first_call_seconds, threads
from benchmarks.paired import seconds


@pytest.mark.parametrize(("number", "meanwhile"), [(3, 3), (None, 1)])
def test_a_case_has_its_own_threads_and_leaves_the_number_as_it_was(number: int | None, meanwhile: int) -> None:
    with threads(number):
        assert torch.get_num_threads() == meanwhile
    assert torch.get_num_threads() == 1


def test_threads_are_as_before_after_a_candidate_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), threads(3):
        _ = 1 / 0
    assert torch.get_num_threads() == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_the_first_call_compiles_anew_what_was_compiled_before() -> None:
    numbers = torch.ones(8)
    compiled = torch.compile(lambda values: (values * 2).tanh())
    first_call_seconds(lambda: compiled(numbers))
    again = first_call_seconds(lambda: compiled(numbers))
    assert again > 100 * min(seconds(lambda: compiled(numbers)) for _ in range(5))
