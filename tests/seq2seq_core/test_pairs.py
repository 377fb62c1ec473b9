"""The task `pairs`: its configuration, its streams, its training, and a trained model without its files."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from made_tasks import SMALL

from seq2seq_core.config import ConfigError, TaskConfig, TrainConfig
from seq2seq_core.config.task import DataFileError
from seq2seq_core.data import UNKNOWN, pair_data
from seq2seq_core.evaluation.evaluate import decoding_limit, evaluate
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.model.seq2seq import Decoded, Seq2Seq
from seq2seq_core.recipe import PLAIN
from seq2seq_core.tokens import EOS, PAD
from seq2seq_core.training import train
from seq2seq_core.training.pair_evaluation import evaluate as evaluate_pairs
from seq2seq_core.training.trained_model import TrainedModel

CPU = torch.device("cpu")
BRIEF = TrainConfig(epochs=3, steps_per_epoch=2, batch_size=5, evaluation_size=8, test_size=8)


@pytest.fixture
def numbers(tmp_path: Path) -> TaskConfig:
    path = tmp_path / "numbers.tsv"
    path.write_text("".join(f"number {n}\t{n:b}\n" for n in range(40)))
    return TaskConfig(task="pairs", data=str(path))


def stream_of(task: TaskConfig, name: str, seed: int = 0) -> Examples:
    return PLAIN.examples(task, BRIEF, seed, name, CPU)


def texts(task: TaskConfig, batch: Batch) -> list[tuple[str, str]]:
    rows = zip(batch.source, batch.source_lengths, batch.target, batch.target_lengths - 1, strict=True)
    return [(task.decode(s[:n].tolist()), task.decode(t[:m].tolist())) for s, n, t, m in rows]


def test_sizes_follow_from_the_data(numbers: TaskConfig) -> None:
    assert (numbers.letters, numbers.min_length, numbers.max_length, numbers.longest_target) == (18, 8, 9, 6)
    assert numbers.vocabulary == 3 + 1 + len(set("number 0123456789"))
    assert decoding_limit(numbers, 1) == 12
    assert TaskConfig.from_dict(numbers.to_dict()) == numbers


def test_the_settings_of_a_run_have_no_path_and_those_of_other_tasks_are_as_before(numbers: TaskConfig) -> None:
    assert numbers.to_dict() == {
        "task": "pairs", "letters": 18, "min_length": 8, "max_length": 9, "content": numbers.content,
        "longest_target": 6,
    }  # fmt: skip
    assert numbers.replace({"units": "tokens", "split_seed": 3}).to_dict().items() >= {
        "units": "tokens", "split_seed": 3,
    }.items()  # fmt: skip
    assert TaskConfig().to_dict() == {"letters": 4, "min_length": 5, "max_length": 14}


def test_a_task_changes_to_pairs_and_back(numbers: TaskConfig) -> None:
    drawn = TaskConfig(letters=7, min_length=2, max_length=3)
    assert drawn.replace({"task": "pairs", "data": numbers.data}) == numbers
    assert numbers.replace({"task": "copy"}) == TaskConfig(task="copy")
    assert numbers.replace({}) == numbers
    tokens = numbers.replace({"units": "tokens"})
    assert (tokens.max_length, tokens.longest_target, "number" in tokens.symbols) == (2, 1, True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"task": "pairs"}, r"TaskConfig\.data: '' is refused; expected a file with pairs of source and target"),
        ({"task": "pairs", "data": 3}, r"data: 3 is refused; expected a text"),
        ({"task": "pairs", "data": "no.tsv"}, r"no\.tsv: no such file or directory"),
        ({"task": "pairs", "data": "date"}, r"date: the format .* of a shipped data set: dates, plurals"),
        (
            {"task": "pairs", "data": "dates", "units": "bytes"},
            r"units: 'bytes' is refused; expected one of characters",
        ),
        (
            {"task": "pairs", "data": "dates", "split_seed": -1},
            r"split_seed: -1 is refused; expected an integer from 0",
        ),
        ({"task": "pairs", "data": "dates", "letters": 9}, r"letters: 9 is refused; expected no value, or \d+, which"),
        ({"task": "pairs", "data": "dates", "content": "12"}, r"dates: the pairs have changed, or are others: .* 12$"),
        ({"data": "dates"}, r"data: 'dates' is refused; expected no value, or task=pairs and data=FILE"),
        (
            {"task": "copy", "units": "tokens"},
            r"units: 'tokens' is refused; expected no value, or task=pairs and data=FILE",
        ),
        ({"task": "pairs", "content": "1", "symbols": ("a", "b")}, r"letters: 4 is refused; expected 3, as there are"),
        ({"task": "copy", "symbols": ("a",)}, r"symbols: .* is refused"),
    ],
)
def test_settings_that_contradict_the_data_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        TaskConfig(**settings)


@pytest.mark.parametrize(("units", "empty", "noun"), [("characters", "", "character"), ("tokens", " ", "token")])
def test_a_source_without_units_is_refused_in_their_words(units: str, empty: str, noun: str) -> None:
    task = TaskConfig(task="pairs", data="dates", units=units)
    with pytest.raises(ConfigError, match=f"source: '{empty}' is refused; expected at least one {noun}$"):
        task.encode(empty)
    with pytest.raises(ConfigError, match=f"source: 7 is refused; expected a text, or a sequence of {noun}s$"):
        task.encode(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["letters", "min_length", "max_length"])
def test_a_size_cannot_be_chosen_for_pairs(numbers: TaskConfig, name: str) -> None:
    for task in (numbers, TaskConfig()):
        with pytest.raises(ConfigError, match=f"TaskConfig.{name}: it follows from the data of task=pairs"):
            task.replace({"task": "pairs", "data": numbers.data, name: 9})


def test_a_changed_file_is_noticed(numbers: TaskConfig) -> None:
    path = Path(numbers.data)
    path.write_text(path.read_text() + "number 40\t101000\n")
    for use in (lambda: numbers.pairs, lambda: numbers.replace({}), lambda: stream_of(numbers, "train")):
        with pytest.raises(DataFileError, match=r"numbers\.tsv: the pairs have changed, or are others"):
            use()


def test_a_configuration_in_another_process_reads_its_file(numbers: TaskConfig) -> None:
    moved = pickle.loads(pickle.dumps(numbers))
    assert moved == numbers
    assert moved.encode("r2") == numbers.encode("r2")
    assert moved.pairs is numbers.pairs


def test_an_epoch_of_training_has_every_pair_once_in_an_order_of_its_seed(numbers: TaskConfig) -> None:
    stream = stream_of(numbers, "train")
    epochs = [[pair for _ in range(4) for pair in texts(numbers, stream.draw(8))] for _ in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1])
    assert len(set(epochs[0])) == 32
    assert epochs[0] != epochs[1]
    assert epochs[0] == texts(numbers, stream_of(numbers, "train").draw(32))
    assert epochs[0] != texts(numbers, stream_of(numbers, "train", seed=1).draw(32))


@pytest.mark.parametrize("name", ["evaluation", "test"])
def test_an_evaluation_uses_each_pair_once_whatever_the_seed(numbers: TaskConfig, name: str) -> None:
    drawn = [texts(numbers, stream_of(numbers, name, seed).draw(4)) for seed in (0, 1)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 4
    found = evaluate(Seq2Seq(SMALL, numbers.vocabulary), stream_of(numbers, name), 300).sequences
    assert len(found) == 4
    assert len(evaluate(Seq2Seq(SMALL, numbers.vocabulary), stream_of(numbers, name), 3).sequences) == 3


@given(before=st.lists(st.integers(1, 50), max_size=4), after=st.integers(1, 70))
def test_a_stream_continues_from_its_state(before: list[int], after: int) -> None:
    task = TaskConfig(task="pairs", data="plurals")
    for name in ("train", "test"):
        stream, other = stream_of(task, name), stream_of(task, name)
        for size in before:
            stream.draw(size)
        other.draw(3_999)  # in another epoch
        other.set_state(stream.get_state())
        assert texts(task, other.draw(after)) == texts(task, stream.draw(after))


def test_a_batch_is_padded_and_ended(numbers: TaskConfig) -> None:
    batch = stream_of(numbers, "train").draw(20)
    assert batch.source.shape == (20, batch.source_lengths.max())
    assert batch.target.shape == (20, batch.target_lengths.max())
    for row, length in zip(batch.target.tolist(), batch.target_lengths.tolist(), strict=True):
        assert row[length - 1] == EOS
        assert set(row[length:]) <= {PAD}
        assert not set(row[: length - 1]) & {PAD, EOS, UNKNOWN}


@pytest.mark.gpu
def test_a_batch_has_its_tokens_on_the_device_and_its_lengths_on_the_cpu(numbers: TaskConfig) -> None:
    device = torch.device("cuda")
    batch = PLAIN.examples(numbers, BRIEF, 0, "train", device).draw(5)
    assert (batch.source.device.type, batch.target.device.type) == ("cuda", "cuda")
    assert (batch.source_lengths.device.type, batch.target_lengths.device.type) == ("cpu", "cpu")
    assert texts(numbers, batch) == texts(numbers, stream_of(numbers, "train").draw(5))


class Parrot(Seq2Seq):
    """Predicts one token, then EOS."""

    def __init__(self, vocabulary: int, token: int) -> None:
        super().__init__(SMALL, vocabulary)
        self.token = token

    def greedy(
        self, source: torch.Tensor, lengths: torch.Tensor, limit: int, *, until_end: bool = True,
        keep_weights: bool = True,
    ) -> Decoded:  # fmt: skip
        return Decoded(torch.tensor([[self.token, EOS]] * len(source)), None)


def test_the_unknown_token_is_never_right(tmp_path: Path) -> None:
    train_file, test_file = tmp_path / "train.tsv", tmp_path / "test.tsv"
    train_file.write_text("a\tb\n")
    test_file.write_text("a\tx\nb\tb\n")
    task = TaskConfig(task="pairs", data=str(train_file), evaluation_data=str(test_file), test_data=str(test_file))
    for token, right in ((UNKNOWN, 0), (task.encode("b")[0], 1)):
        found = evaluate(Parrot(task.vocabulary, token), stream_of(task, "test"), 10).sequences
        assert sum(one.exact_match for one in found) == right
        assert sum(one.levenshtein_accuracy for one in found) == right


@pytest.mark.slow
def test_a_resumed_training_equals_an_uninterrupted_one(numbers: TaskConfig) -> None:
    saved: list[bytes] = []
    straight = train(SMALL, numbers, BRIEF, 0, on_checkpoint=saved.append)
    resumed = train(SMALL, numbers, BRIEF, 0, checkpoint=saved[0])
    assert resumed.epochs == straight.epochs
    assert resumed.test == straight.test
    assert straight.test
    assert straight.test.n == 4
    assert straight.alignment
    assert straight.mean_alignment is None


@pytest.mark.slow
def test_given_pairs_are_scored_as_the_test_set_is(numbers: TaskConfig) -> None:
    result = train(SMALL, numbers, BRIEF, 0)
    assert result.model
    assert result.test
    found = evaluate_pairs(result.model, 1_000)
    assert (found.n, found.levenshtein_accuracy) == (4, result.test.levenshtein_accuracy)


def test_the_letters_that_are_read_as_unknown_are_listed_once() -> None:
    plurals = TaskConfig(task="pairs", data="plurals")
    assert plurals.unknown_units("ü cat?ü") == ["ü", " ", "?"]
    assert plurals.unknown_units(["a", "cat"]) == ["cat"]
    assert plurals.unknown_units("cat") == TaskConfig().unknown_units("ab") == []


def test_a_letter_outside_the_alphabet_is_scored_as_no_token() -> None:
    assert TaskConfig().scored("ae<") == [3, 7, 7]
    plurals = TaskConfig(task="pairs", data="plurals")
    assert plurals.scored("a?") == [plurals.encode("a")[0], plurals.vocabulary]
    assert plurals.scored("") == []


@pytest.mark.slow
def test_a_trained_model_needs_no_files(numbers: TaskConfig) -> None:
    saved: list[bytes] = []
    train(SMALL, numbers, BRIEF, 0, on_checkpoint=saved.append)
    Path(numbers.data).unlink()
    pair_data._known.clear()  # as in another process
    model = TrainedModel.from_bytes(saved[-1])
    task = model.task
    assert task == numbers
    assert not task.data
    assert task.decode(task.encode("number 7?")) == "number 7<unk>"
    assert model.attention("a 1").source == ["<unk>", "␣", "1"]
    with pytest.raises(DataFileError, match=r"TaskConfig\.data: the pairs .* are not here; expected a file with pairs"):
        evaluate_pairs(model, 10)
    assert set("".join(model.predict(["number 1", "x"]))) <= {*"number 0123456789", *"<unk></s>"}
