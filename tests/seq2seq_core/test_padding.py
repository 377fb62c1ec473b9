"""Which positions are padding, and reversal within each row's own length."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.padding import mask_from_lengths, reverse_within_length

CPU = torch.device("cpu")
LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=8)


@given(LENGTHS, st.integers(0, 5))
def test_a_mask_is_true_at_letters_and_false_at_padding(lengths: list[int], extra: int) -> None:
    mask = mask_from_lengths(torch.tensor(lengths), max(lengths) + extra, CPU)
    assert mask.tolist() == [[s < length for s in range(max(lengths) + extra)] for length in lengths]


@pytest.mark.parametrize("lengths", [[3, 0], [-1], [3, 5]])
def test_lengths_below_one_or_beyond_the_batch_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match=r"refused; expected 1\.\.4"):
        mask_from_lengths(torch.tensor(lengths), 4, CPU)


@given(LENGTHS, st.integers(0, 3))
def test_reversal_stays_within_each_length(lengths: list[int], extra: int) -> None:
    size = max(lengths) + extra
    tokens = torch.arange(len(lengths) * size).view(len(lengths), size)
    expected = [row[:n][::-1] + row[n:] for row, n in zip(tokens.tolist(), lengths, strict=True)]
    assert reverse_within_length(tokens, torch.tensor(lengths)).tolist() == expected
    features = tokens.unsqueeze(-1).expand(-1, -1, 3)
    assert torch.equal(reverse_within_length(features, torch.tensor(lengths))[..., 2], torch.tensor(expected))
