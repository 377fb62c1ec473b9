"""A training: one seed gives one result, random streams are independent, and divergence is reported."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import editdistance
import pytest
import torch
from torch import Tensor

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.evaluation.evaluate import evaluate, evaluate_lengths
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.model.seq2seq import Decoded, Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.tokens import EOS, FIRST_LETTER
from seq2seq_core.training import EpochMetrics, Result, build_model, train, training_step

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=5)
BRIEF = TrainConfig(epochs=2, steps_per_epoch=4, batch_size=5, evaluation_size=20, test_size=30)
MODEL = ModelConfig(embedding_size=6, hidden_size=8, layers=2, dropout=0.3)


def values(result: Result) -> dict[str, object]:
    return {key: value for key, value in dataclasses.asdict(result).items() if key not in ("seconds", "model")}


def test_one_seed_gives_one_result_bit_for_bit() -> None:
    torch.manual_seed(1)
    first = train(MODEL, TASK, BRIEF, seed=7)
    torch.manual_seed(2)
    torch.rand(3)
    assert values(train(MODEL, TASK, BRIEF, seed=7)) == values(first)
    assert values(train(MODEL, TASK, BRIEF, seed=8)) != values(first)


def test_a_run_leaves_the_global_random_state_unchanged() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    train(MODEL, TASK, BRIEF, seed=0)
    assert torch.equal(torch.rand(2), expected)


def test_on_epoch_gets_the_metrics_of_each_epoch() -> None:
    received: list[EpochMetrics] = []
    result = train(MODEL, TASK, BRIEF, seed=0, on_epoch=received.append)
    assert received == result.epochs
    assert [(metrics.epoch, metrics.step) for metrics in received] == [(1, 4), (2, 8)]
    assert result.steps == 8
    assert result.test is not None
    assert result.test.n == 30
    assert sum(accuracy.n for accuracy in result.by_length.values()) == 30


def test_further_test_lengths_are_evaluated_beside_the_test_set() -> None:
    """Lengths within and beyond those of the task; beyond 100 letters the sequences are fewer."""
    plain = train(MODEL, TASK, BRIEF, seed=0)
    further = train(MODEL, TASK, BRIEF.replace({"test_lengths": [4, 9, 100, 150, 1500]}), seed=0)
    assert further.by_length[9].exact_match == 0
    added = {4: 200, 9: 200, 100: 200, 150: 20}  # no sequence of 9 letters or more is exact
    counts = {length: accuracy.n for length, accuracy in plain.by_length.items()}
    assert {length: accuracy.n for length, accuracy in further.by_length.items()} == {
        length: counts.get(length, 0) + added.get(length, 0) for length in sorted(counts | added)
    }
    assert (further.test, further.epochs) == (plain.test, plain.epochs)
    assert further.by_length[5] == plain.by_length[5]


def test_sequences_of_a_further_length_are_scored_like_those_of_the_test_set() -> None:
    """The accuracy at a length is that of `evaluate` on examples of that length alone."""
    model = build_model(MODEL, TASK, 3, CPU)
    found = evaluate_lengths(model, lambda name: Examples(TASK, 5, name, CPU), [7])
    alone = TASK.replace({"min_length": 7, "max_length": 7})
    examples = Examples(alone, 5, "test at 7", CPU)
    batch = examples.draw_lengths(torch.full((200,), 7))
    decoded = model.greedy(batch.source, batch.source_lengths, 14, keep_weights=False).predictions
    assert [one.distance for _, one in found] == [
        editdistance.eval(prediction, target[:7])
        for prediction, target in zip(decoded, batch.target.tolist(), strict=True)
    ]
    assert {length for length, _ in found} == {7}


def test_long_sources_are_fewer_after_a_length_without_an_exact_prediction() -> None:
    """A model that always writes one letter and the end is exact on sources of that letter alone."""

    class OneLetter(Seq2Seq):
        def greedy(self, source: Tensor, *_: Any, **__: Any) -> Decoded:
            return Decoded(torch.tensor([[FIRST_LETTER, EOS]]).expand(len(source), 2), None)

    model, task = OneLetter(MODEL, TASK.vocabulary), TASK.replace({"letters": 1})
    for lengths, numbers in (([1, 150, 300, 2000], {1: 200, 150: 200, 300: 20}), ([1, 1250], {1: 200, 1250: 160})):
        found = evaluate_lengths(model, lambda name: Examples(task, 5, name, CPU), lengths)
        assert Counter(length for length, _ in found) == numbers


def test_pairs_have_no_further_test_lengths(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("".join(f"{'ab' * n}\t{'ba' * n}\n" for n in range(1, 30)))
    task = TaskConfig(task="pairs", data=str(tmp_path / "pairs.tsv"))
    with pytest.raises(ConfigError, match=r"test_lengths: \[9\] is refused; expected none, since pairs"):
        train(MODEL, task, BRIEF.replace({"test_lengths": [9]}), seed=0)


def test_models_start_with_the_same_values_in_shared_parts() -> None:
    one = build_model(ModelConfig(score="general"), TASK, 4, CPU).state_dict()
    other = build_model(ModelConfig(score="additive"), TASK, 4, CPU).state_dict()
    shared = [name for name in one if name in other and one[name].shape == other[name].shape]
    assert "encoder.cell.weight_hh_l0" in shared
    assert all(torch.equal(one[name], other[name]) for name in shared)
    another = build_model(ModelConfig(score="general"), TASK, 5, CPU).state_dict()
    assert not torch.equal(one["encoder.cell.weight_hh_l0"], another["encoder.cell.weight_hh_l0"])


def test_parameters_of_one_shape_start_with_different_values() -> None:
    state = build_model(ModelConfig(), TASK, 4, CPU).state_dict()
    assert not torch.equal(state["encoder.cell.weight_hh_l0"], state["decoder.cell.weight_hh_l0"])


def test_a_step_clips_the_gradient_of_its_batch() -> None:
    model = build_model(MODEL.replace({"dropout": 0.0}), TASK, 0, CPU)
    batch = Examples(TASK, 0, "train", CPU).draw(5)
    still = torch.optim.SGD(model.parameters(), lr=0.0)

    def norm(clip_norm: float) -> float:
        training_step(model, batch, still, clip_norm)
        return torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm().item()

    unclipped = norm(1e6)
    assert norm(1e6) == pytest.approx(unclipped)  # no gradient accumulates
    assert norm(unclipped / 3) == pytest.approx(unclipped / 3, rel=1e-4)


class Noting(Examples):
    """Examples that note their sources."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sources: list[list[list[int]]] = []

    def draw_lengths(self, lengths: Tensor) -> Batch:
        batch = super().draw_lengths(lengths)
        self.sources.append(batch.source.tolist())
        return batch


class NotingRecipe(Recipe):
    """The default, whose examples of training are kept."""

    trained: Noting

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        if stream != "train":
            return super().examples(task, training, seed, stream, device)
        self.trained = Noting(task, seed, stream, device)
        return self.trained


def test_dropout_has_its_own_random_stream() -> None:
    """Data and initial weights are the same with and without dropout."""
    still = MODEL.replace({"dropout": 0.0})
    for name, value in build_model(MODEL, TASK, 1, CPU).state_dict().items():
        assert torch.equal(value, build_model(still, TASK, 1, CPU).state_dict()[name])
    dropped, kept = NotingRecipe(), NotingRecipe()
    results = [train(model, TASK, BRIEF, 1, recipe=recipe) for model, recipe in ((MODEL, dropped), (still, kept))]
    assert values(results[0]) != values(results[1])
    assert len(dropped.trained.sources) == 8
    assert dropped.trained.sources == kept.trained.sources


def test_the_streams_of_a_run_differ() -> None:
    model = build_model(MODEL, TASK, 0, CPU)
    streams = ("train", "evaluation", "test", "alignment")
    losses = {stream: evaluate(model, Examples(TASK, 0, stream, CPU), 50).loss for stream in streams}
    assert len(set(losses.values())) == 4


def test_metrics_do_not_depend_on_the_evaluation_batch_size() -> None:
    """The loss weights batches by their tokens."""

    class Small(Recipe):
        evaluation_batch_size = 3

    task = TaskConfig(letters=1, min_length=3, max_length=3)
    model = build_model(MODEL, task, 0, CPU).double()
    one_batch = evaluate(model, Examples(task, 0, "test", CPU), 7)
    batches = evaluate(model, Examples(task, 0, "test", CPU), 7, Small())
    assert batches.loss == pytest.approx(one_batch.loss, abs=1e-12)
    assert batches.sequences == one_batch.sequences


def test_a_diverged_run_has_no_metrics() -> None:
    result = train(MODEL, TASK, dataclasses.replace(BRIEF, learning_rate=1e37), seed=0)
    assert result.status == "diverged"
    assert result.test is None
    assert result.by_length == {}
    assert result.alignment is None
    assert result.mean_alignment is None
    assert result.extra_metrics == {}
    assert len(result.epochs) == 1


def test_the_alignment_is_of_an_example_of_the_longest_length() -> None:
    alignment = train(MODEL, TASK, BRIEF, seed=0).alignment
    assert alignment is not None
    assert len(alignment.source) == TASK.max_length
    assert len(alignment.weights) == len(alignment.prediction)
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for row in alignment.weights)
    assert train(MODEL.replace({"score": None}), TASK, BRIEF, seed=0).alignment is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_is_refused_on_a_machine_without_it() -> None:
    with pytest.raises(ConfigError, match="use cpu"):
        train(MODEL, TASK, BRIEF, seed=0, device="cuda")


@pytest.mark.gpu
def test_a_run_on_cuda_starts_with_the_weights_of_the_cpu_and_learns() -> None:
    cuda = torch.device("cuda")
    for name, value in build_model(MODEL, TASK, 1, cuda).state_dict().items():
        assert torch.equal(value.cpu(), build_model(MODEL, TASK, 1, CPU).state_dict()[name])
    result = train(ModelConfig(), TASK, TrainConfig(epochs=4), seed=0, device="cuda")
    assert result.epochs[-1].eval_loss < 0.7 * result.epochs[0].eval_loss


@pytest.mark.slow
def test_attention_learns_the_task() -> None:
    result = train(ModelConfig(score="general"), TASK, TrainConfig(epochs=5, learning_rate=3e-3), seed=0)
    assert result.test is not None
    assert result.test.levenshtein_accuracy > 0.97
