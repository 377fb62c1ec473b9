"""What holds for every task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.requirements import require, require_equal
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD
from seq2seq_core.training import train

CPU = torch.device("cpu")
LENGTHS = (5, 1, 3, 8, 2)
SEEDS = 20


def check_batch(task: TaskConfig, lengths: Sequence[int] = LENGTHS, seed: int = 0) -> None:
    """Sources and targets of these lengths consist of letters, then EOS in a target, then padding."""
    batch = _draw(task, lengths, seed)
    require(batch.source_lengths.tolist() == list(lengths), f"lengths of sources: expected {list(lengths)}")
    for what, tensor, sizes in (("sources", batch.source, lengths), ("targets", batch.target, batch.target_lengths)):
        expected = (len(lengths), int(max(sizes)))
        require(tensor.shape == expected, f"{what}: the shape is {tuple(tensor.shape)}; expected {expected}")
    for what, rows, sizes, ends in (
        ("source", batch.source.tolist(), list(lengths), []),
        ("target", batch.target.tolist(), batch.target_lengths.tolist(), [EOS]),
    ):
        for row, size in zip(rows, sizes, strict=True):
            letters, end, rest = row[: size - len(ends)], row[size - len(ends) : size], row[size:]
            within = all(FIRST_LETTER <= token < task.vocabulary for token in letters)
            require(within, f"{what}: tokens {letters}; expected letters, from {FIRST_LETTER} to {task.vocabulary - 1}")
            require(
                end == ends and set(rest) <= {PAD}, f"{what}: {row} ends with {row[size - 1 :]}; expected padding, 0"
            )
    for source_length, target_length in zip(lengths, batch.target_lengths.tolist(), strict=True):
        limit = task.definition.longest_target(source_length)
        require(
            target_length - 1 <= limit,
            f"longest_target({source_length}) is {limit}, but a target has {target_length - 1} letters",
        )


def check_repeatable(task: TaskConfig, lengths: Sequence[int] = LENGTHS, seed: int = 0) -> None:
    first, second = _draw(task, lengths, seed), _draw(task, lengths, seed)
    require_equal("sources of the same seed", second.source, first.source, 0)
    require_equal("targets of the same seed", second.target, first.target, 0)


def check_padding(task: TaskConfig, lengths: Sequence[int] = LENGTHS, seed: int = 0) -> None:
    batch = _draw(task, lengths, seed)
    for row, length in enumerate(lengths):
        alone, size = task.definition.targets(batch.source[row : row + 1, :length], torch.tensor([length]))
        count = int(size.item())
        require(
            count + 1 == batch.target_lengths[row],
            f"a source of {length} letters has a target of {count} letters alone, "
            f"and of {int(batch.target_lengths[row]) - 1} in a batch; expected the same",
        )
        require_equal("targets of a source alone and in a batch", alone[0, :count], batch.target[row, :count], 0)


def check_alignment(task: TaskConfig, length: int) -> None:
    definition = task.definition
    expected, letters = definition.expected_alignment(length), definition.longest_target(length)
    if expected is None:
        return
    require(
        len(expected) == letters,
        f"expected_alignment({length}) has {len(expected)} positions; expected {letters}, one for each letter",
    )
    outside = [position for position in expected if not 0 <= position < length]
    require(not outside, f"expected_alignment({length}): {outside}; expected source positions, from 0 to {length - 1}")


def check_training(task: TaskConfig) -> None:
    training = TrainConfig(epochs=1, steps_per_epoch=2, batch_size=3, evaluation_size=8, test_size=8)
    result = train(ModelConfig(embedding_size=2, hidden_size=2), task, training, seed=0)
    require(result.status == "done", f"a training of two steps ends as {result.status}; expected done")


def _draw(task: TaskConfig, lengths: Sequence[int], seed: int) -> Batch:
    return Examples(task, seed, "any", CPU).draw_lengths(torch.tensor(lengths))


def _small(name: str, letters: int = 4) -> TaskConfig:
    return TaskConfig(task=name, letters=letters, min_length=1, max_length=5)


def _for_many(check: Callable[[TaskConfig, Sequence[int], int], None]) -> Callable[[str], None]:
    """The check for many seeds and sizes of the alphabet, and for a single letter."""

    def check_many(name: str) -> None:
        for seed in range(SEEDS):
            check(_small(name, letters=1 + seed % 5), LENGTHS, seed)
            check(_small(name), [1], seed)

    return check_many


def _alignments(name: str) -> None:
    for length in (*range(1, 30), 300):
        check_alignment(_small(name), length)


TASK_CHECKS: dict[str, Callable[[str], None]] = {
    "sources and targets are letters of the alphabet, then padding, and no longer than longest_target": _for_many(
        check_batch
    ),
    "equal seeds give equal batches": _for_many(check_repeatable),
    "a target does not depend on padding or on the other rows of its batch": _for_many(check_padding),
    "the expected alignment, if any, has a source position for each letter": _alignments,
    "a model is trained on it": lambda name: check_training(_small(name)),
}
"""What a check shows -> the check, for the name of a task."""
