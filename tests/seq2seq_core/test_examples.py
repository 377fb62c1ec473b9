"""Streams of examples: they repeat, differ from each other, and draw every letter and length."""

import torch

from seq2seq_core.config import TaskConfig
from seq2seq_core.examples import Examples
from seq2seq_core.tokens import EOS, PAD, token_name

CPU = torch.device("cpu")


def test_all_letters_and_all_lengths_are_drawn() -> None:
    # The article's code drops the last letter of its alphabet.
    batch = Examples(TaskConfig(letters=4, min_length=2, max_length=4), 0, "train", CPU).draw(500)
    assert set(batch.source.flatten().tolist()) == {PAD, 3, 4, 5, 6}
    assert set(batch.source_lengths.tolist()) == {2, 3, 4}


def test_the_same_seed_and_stream_repeat_and_others_differ() -> None:
    def drawn(seed: int, stream: str) -> list[list[int]]:
        tokens: list[list[int]] = Examples(TaskConfig(), seed, stream, CPU).draw(20).source.tolist()
        return tokens

    assert drawn(1, "train") == drawn(1, "train")
    assert drawn(1, "train") != drawn(2, "train")
    assert drawn(1, "train") != drawn(1, "test")


def test_tasks_share_the_sources_of_a_seed() -> None:
    """A comparison of tasks is then paired by seed."""
    reverse, copy = (Examples(TaskConfig(task=task), 3, "train", CPU).draw(9) for task in ("reverse", "copy"))
    assert torch.equal(reverse.source, copy.source)
    assert not torch.equal(reverse.target, copy.target)


def test_a_stream_continues_from_its_state() -> None:
    examples = Examples(TaskConfig(), 1, "train", CPU)
    examples.draw(4)
    state, expected = examples.get_state(), examples.draw(6)
    examples.set_state(state)
    again = examples.draw(6)
    assert torch.equal(again.source, expected.source)
    assert torch.equal(again.source_lengths, expected.source_lengths)


def test_the_draws_of_a_seed_are_those_of_the_published_results() -> None:
    """The committed reports follow from these examples: another order of draws would change every number."""
    batch = Examples(TaskConfig(), 0, "train", CPU).draw(3)
    names = ["".join(token_name(token) for token in row if token not in (PAD, EOS)) for row in batch.target.tolist()]
    assert names == ["babcaabaabdabb", "bbdcaab", "aaddbda"]


def test_tokens_have_names() -> None:
    assert [token_name(token) for token in (PAD, EOS, 3, 6, 28, 29)] == ["<pad>", "</s>", "a", "d", "z", "x26"]
