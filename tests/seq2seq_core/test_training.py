"""A run: one seed, one result; separate streams; three sets that never meet; a divergence that is told."""

import dataclasses

import pytest
import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.evaluation.evaluate import evaluate
from seq2seq_core.recipe import Recipe
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.training import Point, Result, build_model, train, training_step

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=5)
BRIEF = TrainConfig(epochs=2, steps_per_epoch=4, batch_size=5, evaluation_size=20, test_size=30)
MODEL = ModelConfig(embedding_size=6, hidden_size=8, layers=2, dropout=0.3)


def figures(result: Result) -> dict[str, object]:
    return {key: value for key, value in dataclasses.asdict(result).items() if key != "seconds"}


def test_one_seed_gives_one_result_bit_for_bit_whatever_ran_before() -> None:
    torch.manual_seed(1)
    first = train(MODEL, TASK, BRIEF, seed=7)
    torch.manual_seed(2)
    torch.rand(3)
    assert figures(train(MODEL, TASK, BRIEF, seed=7)) == figures(first)
    assert figures(train(MODEL, TASK, BRIEF, seed=8)) != figures(first)


def test_a_run_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    train(MODEL, TASK, BRIEF, seed=0)
    assert torch.equal(torch.rand(2), expected)


def test_points_are_told_as_they_come() -> None:
    heard: list[Point] = []
    result = train(MODEL, TASK, BRIEF, seed=0, on_epoch=heard.append)
    assert heard == result.points
    assert [(point.epoch, point.step) for point in heard] == [(1, 4), (2, 8)]
    assert result.steps == 8
    assert result.test is not None
    assert result.test.n == 30
    assert sum(accuracy.n for accuracy in result.by_length.values()) == 30


def test_arms_share_the_values_of_the_parts_that_they_share() -> None:
    one = build_model(ModelConfig(score="general"), TASK, 4, CPU).state_dict()
    other = build_model(ModelConfig(score="additive"), TASK, 4, CPU).state_dict()
    shared = [name for name in one if name in other and one[name].shape == other[name].shape]
    assert "encoder.cell.weight_hh_l0" in shared
    assert all(torch.equal(one[name], other[name]) for name in shared)
    another = build_model(ModelConfig(score="general"), TASK, 5, CPU).state_dict()
    assert not torch.equal(one["encoder.cell.weight_hh_l0"], another["encoder.cell.weight_hh_l0"])


def test_every_parameter_has_values_of_its_own() -> None:
    state = build_model(ModelConfig(), TASK, 4, CPU).state_dict()
    assert not torch.equal(state["encoder.cell.weight_hh_l0"], state["decoder.cell.weight_hh_l0"])


def test_a_step_clips_the_gradient_of_its_own_batch_alone() -> None:
    model = build_model(MODEL.replace({"dropout": 0.0}), TASK, 0, CPU)
    batch = Examples(TASK, 0, "train", CPU).draw(5)
    still = torch.optim.SGD(model.parameters(), lr=0.0)

    def norm(clip_norm: float) -> float:
        training_step(model, batch, still, clip_norm)
        return torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm().item()

    whole = norm(1e6)
    assert norm(1e6) == pytest.approx(whole)  # nothing is left of the step before
    assert norm(whole / 3) == pytest.approx(whole / 3, rel=1e-4)


def test_dropout_has_a_stream_of_its_own() -> None:
    # The same data and the same first weights with and without dropout: the streams are not drawn from one another.
    still = MODEL.replace({"dropout": 0.0})
    for name, value in build_model(MODEL, TASK, 1, CPU).state_dict().items():
        assert torch.equal(value, build_model(still, TASK, 1, CPU).state_dict()[name])
    assert figures(train(MODEL, TASK, BRIEF, seed=1)) != figures(train(still, TASK, BRIEF, seed=1))


def test_the_sets_that_a_run_draws_never_meet() -> None:
    model = build_model(MODEL, TASK, 0, CPU)
    streams = ("train", "evaluation", "test", "alignment")
    losses = {stream: evaluate(model, Examples(TASK, 0, stream, CPU), 50).loss for stream in streams}
    assert len(set(losses.values())) == 4


def test_the_figures_of_a_set_do_not_depend_on_how_it_is_cut() -> None:
    """A mean over unequal chunks has to weigh them by their tokens."""

    class Small(Recipe):
        chunk = 3

    task = TaskConfig(letters=1, min_length=3, max_length=3)
    model = build_model(MODEL, task, 0, CPU).double()
    whole = evaluate(model, Examples(task, 0, "test", CPU), 7)
    cut = evaluate(model, Examples(task, 0, "test", CPU), 7, Small())
    assert cut.loss == pytest.approx(whole.loss, abs=1e-12)
    assert cut.scores == whole.scores


def test_a_divergence_is_told_and_has_no_figures() -> None:
    result = train(MODEL, TASK, dataclasses.replace(BRIEF, learning_rate=1e37), seed=0)
    assert result.status == "diverged"
    assert result.test is None
    assert result.by_length == {}
    assert result.alignment is None
    assert result.mean_alignment is None
    assert result.measures == {}
    assert len(result.points) == 1


def test_the_alignment_is_of_one_longest_example() -> None:
    alignment = train(MODEL, TASK, BRIEF, seed=0).alignment
    assert alignment is not None
    assert len(alignment.source) == TASK.max_length
    assert len(alignment.weights) == len(alignment.prediction)
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for row in alignment.weights)
    assert train(MODEL.replace({"score": None}), TASK, BRIEF, seed=0).alignment is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_without_cuda_is_refused_before_any_work() -> None:
    with pytest.raises(ConfigError, match="use cpu"):
        train(MODEL, TASK, BRIEF, seed=0, device="cuda")


@pytest.mark.gpu
def test_a_run_on_cuda_starts_from_the_weights_of_the_cpu_and_learns() -> None:
    cuda = torch.device("cuda")
    for name, value in build_model(MODEL, TASK, 1, cuda).state_dict().items():
        assert torch.equal(value.cpu(), build_model(MODEL, TASK, 1, CPU).state_dict()[name])
    result = train(ModelConfig(), TASK, TrainConfig(epochs=4), seed=0, device="cuda")
    assert result.points[-1].eval_loss < 0.7 * result.points[0].eval_loss


@pytest.mark.slow
def test_attention_learns_the_task() -> None:
    result = train(ModelConfig(score="general"), TASK, TrainConfig(epochs=5, learning_rate=3e-3), seed=0)
    assert result.test is not None
    assert result.test.levenshtein_accuracy > 0.97
