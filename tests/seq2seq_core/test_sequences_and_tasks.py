"""Batching: what is padding, what is real, and that the target is the inverted source."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import TaskConfig
from seq2seq_core.padding import mask_from_lengths, reverse_within_length
from seq2seq_core.tasks.reverse import Examples, vocabulary
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD, token_name

CPU = torch.device("cpu")
LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=8)


@given(LENGTHS, st.integers(0, 5))
def test_a_mask_marks_just_the_real_positions(lengths: list[int], extra: int) -> None:
    mask = mask_from_lengths(torch.tensor(lengths), max(lengths) + extra, CPU)
    assert mask.tolist() == [[s < length for s in range(max(lengths) + extra)] for length in lengths]


@pytest.mark.parametrize("lengths", [[3, 0], [-1], [3, 5]])
def test_a_row_of_padding_alone_and_a_length_beyond_the_batch_are_refused(lengths: list[int]) -> None:
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


@given(
    st.integers(1, 6),
    st.integers(1, 9),
    st.integers(0, 9),
    st.integers(1, 20),
    st.integers(0, 2**40),
)
def test_every_target_is_its_source_inverted(letters: int, shortest: int, more: int, size: int, seed: int) -> None:
    task = TaskConfig(letters=letters, min_length=shortest, max_length=shortest + more)
    batch = Examples(task, seed, "any", CPU).draw(size)
    assert batch.source.shape == (size, batch.source_lengths.max())
    for source, n, target in zip(
        batch.source.tolist(), batch.source_lengths.tolist(), batch.target.tolist(), strict=True
    ):
        assert shortest <= n <= shortest + more
        assert all(FIRST_LETTER <= token < vocabulary(task) for token in source[:n])
        assert set(source[n:]) <= {PAD}
        assert target[: n + 1] == [*source[:n][::-1], EOS]
        assert set(target[n + 1 :]) <= {PAD}
    assert torch.equal(batch.target_lengths, batch.source_lengths + 1)


def test_all_letters_and_both_ends_of_the_lengths_are_drawn() -> None:
    # The article's code slices one letter off its alphabet without saying so.
    batch = Examples(TaskConfig(letters=4, min_length=2, max_length=4), 0, "train", CPU).draw(500)
    assert set(batch.source.flatten().tolist()) == {PAD, 3, 4, 5, 6}
    assert set(batch.source_lengths.tolist()) == {2, 3, 4}


def test_a_stream_repeats_and_differs_from_every_other() -> None:
    task = TaskConfig()

    def drawn(seed: int, stream: str) -> list[list[int]]:
        tokens: list[list[int]] = Examples(task, seed, stream, CPU).draw(20).source.tolist()
        return tokens

    assert drawn(1, "train") == drawn(1, "train")
    assert drawn(1, "train") != drawn(2, "train")
    assert drawn(1, "train") != drawn(1, "test")


def test_tokens_have_names_that_a_picture_can_show() -> None:
    assert [token_name(token) for token in (PAD, EOS, 3, 6, 28, 29)] == ["<pad>", "</s>", "a", "d", "z", "x26"]
