"""Batches of similar lengths: each pass has every string once, in other batches, and continues from its state."""

from __future__ import annotations

import itertools

import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import TaskConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.seeding import generator
from seq2seq_core.tokens import PAD
from studies.recipes.similar_lengths import POOL, SimilarLengths

CPU = torch.device("cpu")
TASK = TaskConfig(letters=9, min_length=1, max_length=12)


def stream(strings: int, batch_size: int, seed: int = 0) -> SimilarLengths:
    return SimilarLengths(Examples(TASK, seed, "train", CPU), strings, batch_size, generator(seed, "order", CPU))


def pairs(batches: list[Batch]) -> list[tuple[list[int], list[int]]]:
    """Source and target of each string, without padding."""
    found = []
    for batch in batches:
        assert batch.source.size(1) == batch.source_lengths.max()
        assert batch.target.size(1) == batch.target_lengths.max()
        for source, length, target, end in zip(
            batch.source.tolist(), batch.source_lengths, batch.target.tolist(), batch.target_lengths, strict=True
        ):
            assert set(source[length:]) | set(target[end:]) <= {PAD}
            found.append((source[:length], target[:end]))
    return found


@given(strings=st.integers(1, 60), batch_size=st.integers(1, 7), seed=st.integers(0, 9))
def test_a_pass_has_every_string_once_and_the_next_one_in_another_order(
    strings: int, batch_size: int, seed: int
) -> None:
    examples, count = stream(strings, batch_size, seed), -(-strings // batch_size)
    expected = pairs([Examples(TASK, seed, "train", CPU).draw(strings)])
    passes = [pairs([examples.draw(0) for _ in range(count)]) for _ in range(2)]
    assert sorted(passes[0]) == sorted(passes[1]) == sorted(expected)
    if strings > 20 > batch_size * 5:
        assert passes[0] != passes[1]


def test_lengths_in_a_batch_are_neighbours_in_their_pool_only() -> None:
    """A batch of a pool of 1,000 strings has one or two lengths; batches are in no order of length."""
    examples = stream(2 * POOL * 10, 10)
    lengths = [examples.draw(10).source_lengths for _ in range(2 * POOL)]
    assert max(int(of.max() - of.min()) for of in lengths) == 1
    longest = [int(of.max()) for of in lengths]
    assert sum(one > other for one, other in itertools.pairwise(longest)) > POOL / 2
    assert sorted(longest[:POOL]) != longest[:POOL]


@given(drawn=st.integers(0, 9), more=st.integers(1, 9))
def test_a_stream_continues_from_its_state(drawn: int, more: int) -> None:
    one, other = stream(11, 3), stream(11, 3)
    for _ in range(drawn):
        one.draw(3)
    other.set_state([tensor.clone() for tensor in one.get_state()])
    assert pairs([one.draw(3) for _ in range(more)]) == pairs([other.draw(3) for _ in range(more)])
