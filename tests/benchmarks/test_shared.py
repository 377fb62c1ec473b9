"""What the suites share: source lengths with a given padding ratio, and the check for a compiler."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.suites.shared import skip_without_compiler, spread_lengths
from seq2seq_core.config import ModelConfig


@given(st.integers(10, 1000), st.floats(0.0, 0.75), st.integers(8, 128))
def test_the_padding_is_exact_to_the_token_and_the_longest_length_occurs(
    longest: int, padding_ratio: float, batch: int
) -> None:
    lengths = spread_lengths(longest, padding_ratio, batch)
    assert lengths.shape == (batch,)
    assert abs(int(lengths.sum()) - longest * batch * (1 - padding_ratio)) <= 0.5
    assert lengths.min() >= 1
    assert lengths.max() == lengths[-1] == longest


@pytest.mark.parametrize("padding_ratio", [0.0, 0.25, 0.5, 0.75])
def test_lengths_rise_and_rise_linearly_below_a_half(padding_ratio: float) -> None:
    lengths = spread_lengths(200, padding_ratio, 32)
    steps = lengths.diff()
    assert (steps >= -1).all()  # the cumulative sum is rounded, not each length
    assert lengths[-2] >= 0.8 * 200  # the longest is no outlier
    if padding_ratio < 0.5:
        assert abs(int(lengths[0]) - 200 * (1 - 2 * padding_ratio)) <= 0.05 * 200
        assert int(steps[:-1].max()) - int(steps[:-1].min()) <= 2
    else:
        assert int(lengths[0]) == 1
        assert torch.quantile(lengths.double(), 0.5) <= 100


def test_more_padding_than_rows_of_one_token_leave_is_refused() -> None:
    with pytest.raises(ValueError, match=r"padding ratio 0\.75 is not possible with 8 rows of up to 3 tokens"):
        spread_lengths(3, 0.75, 8)


def test_a_compiled_arm_is_skipped_with_the_reason_if_no_compiler_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    cpu = torch.device("cpu")
    skip_without_compiler(ModelConfig(score="additive"), cpu)
    with pytest.raises(pytest.skip.Exception, match="no compiler 'no-such-compiler'"):
        skip_without_compiler(ModelConfig(score="additive", compile=True), cpu)
