"""What holds for every task of the registry, and that nothing assumes a particular one."""

import made_tasks
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from made_tasks import Perfect

from seq2seq_core.config import TaskConfig
from seq2seq_core.conformance.tasks import check_alignment, check_batch, check_padding, check_repeatable
from seq2seq_core.evaluation.alignment import align, mean_alignment
from seq2seq_core.evaluation.evaluate import decoding_limit, evaluate
from seq2seq_core.evaluation.metrics import average
from seq2seq_core.examples import Examples
from seq2seq_core.tasks import TASKS
from seq2seq_core.tokens import FIRST_LETTER
from seq2seq_core.training import train

CPU = torch.device("cpu")
ALL = pytest.mark.parametrize("name", sorted(name for name in TASKS if not TASKS[name].from_files))
LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def test_the_registry_holds_every_task() -> None:
    drawn = {"reverse", "copy", "dedupe", "recopy", "reduplicate", "reduplicate_reversed"}
    assert drawn | {"doubled", "without_repeats"} <= set(TASKS)
    assert TASKS["doubled"] is made_tasks.Doubled


@ALL
@given(lengths=LENGTHS, letters=st.integers(1, 6), seed=st.integers(0, 2**40))
def test_a_batch_is_well_formed(name: str, lengths: list[int], letters: int, seed: int) -> None:
    task = TaskConfig(task=name, letters=letters)
    check_batch(task, lengths, seed)
    check_repeatable(task, lengths, seed)


@pytest.mark.gpu
@ALL
def test_a_batch_has_its_tokens_on_the_device_and_its_lengths_on_the_cpu(name: str) -> None:
    batch = Examples(TaskConfig(task=name), 0, "train", torch.device("cuda")).draw(5)
    assert (batch.source.device.type, batch.target.device.type) == ("cuda", "cuda")
    assert (batch.source_lengths.device.type, batch.target_lengths.device.type) == ("cpu", "cpu")


@ALL
@given(lengths=LENGTHS)
def test_a_target_does_not_depend_on_the_padding_of_its_source(name: str, lengths: list[int]) -> None:
    check_padding(TaskConfig(task=name), lengths)


@ALL
@given(length=st.integers(1, 300))
def test_an_expected_alignment_has_a_source_position_for_each_letter(name: str, length: int) -> None:
    check_alignment(TaskConfig(task=name), length)


@ALL
@given(length=st.integers(1, 300))
def test_decoding_reaches_the_end_of_the_longest_target(name: str, length: int) -> None:
    assert decoding_limit(TaskConfig(task=name), length) >= TASKS[name]().longest_target(length) + 1


@ALL
def test_a_perfect_model_is_right_by_every_metric(name: str) -> None:
    task = TaskConfig(task=name, min_length=1, max_length=7)
    examples = Examples(task, 0, "test", CPU)
    evaluation = evaluate(Perfect(task), examples, 50)
    found = evaluation.sequences
    accuracy = average(found)
    assert (accuracy.n, accuracy.levenshtein_accuracy, accuracy.exact_match) == (50, 1.0, 1.0)
    assert evaluation.source_lengths == examples.draw(50).source_lengths.tolist()


@ALL
def test_a_perfect_model_has_its_weight_on_the_expected_alignment(name: str) -> None:
    task = TaskConfig(task=name, min_length=2, max_length=5)
    mean = mean_alignment(Perfect(task), Examples(task, 0, "alignment", CPU), 30)
    assert mean is not None
    assert len(mean.weights) == task.definition.longest_target(5) + 1
    assert mean.expected_share == (None if task.definition.expected_alignment(5) is None else 1.0)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("reverse", "dcbba"),
        ("copy", "abbcd"),
        ("doubled", "aabbbbccdd"),
        ("without_repeats", "abcd"),
        ("dedupe", "abcd"),
        ("recopy", "abbbbbbcccccd"),
        ("reduplicate", "abbcdabbcd"),
        ("reduplicate_reversed", "dcbbadcbba"),
    ],
)
def test_the_target_of_a_source_by_hand(name: str, target: str) -> None:
    task = TaskConfig(task=name)
    (alignment,) = align(Perfect(task), task, ["abbcd"], CPU)
    prediction = alignment.prediction
    assert "".join(prediction[: prediction.index("</s>")]) == target


@given(letters=st.integers(2, 6), seed=st.integers(0, 2**40))
def test_the_sources_of_dedupe_have_runs_of_different_lengths_and_all_letters(letters: int, seed: int) -> None:
    """One letter in three begins a run, which has another letter than the one before."""
    task = TaskConfig(task="dedupe", letters=letters)
    batch = Examples(task, seed, "any", CPU).draw_lengths(torch.full((30,), 100))
    runs = (batch.target_lengths - 1).double().mean().item()
    assert 28 < runs < 40  # 34 expected
    counts = batch.target[batch.target >= FIRST_LETTER].bincount(minlength=task.vocabulary)[FIRST_LETTER:]
    assert counts.min() > counts.max() / 2


@pytest.mark.parametrize("name", ["copy", "doubled", "without_repeats"])
def test_a_training_runs_to_its_end(name: str) -> None:
    task = TaskConfig(task=name, min_length=1, max_length=4)
    result = train(made_tasks.SMALL, task, made_tasks.BRIEF, seed=0)
    assert result.status == "done"
    assert result.mean_alignment is not None
    assert (result.mean_alignment.expected_share is None) == (name == "without_repeats")
    assert max(result.by_length) <= 4  # of the sources


def test_a_source_whose_target_is_empty_is_decoded_for_a_step() -> None:
    """Decoding for no steps ended a training after its last epoch."""

    class Empty(TaskConfig):
        def longest_target_of(self, length: int) -> int:
            return length - 1

    assert [decoding_limit(Empty(), length) for length in (1, 2, 3)] == [1, 2, 4]
