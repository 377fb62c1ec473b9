"""The replication of Wang 2023 has the published model, and the data of its code."""

from functools import partial

import pytest
import torch
from torch import nn

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.evaluation.metrics import SequenceMetrics, sequence_metrics
from seq2seq_core.examples import Batch
from seq2seq_core.layers import fast_path
from seq2seq_core.training.step import build_model
from studies import catalog
from studies.commands.export import settings_of
from studies.planning.plan import plan
from studies.recipes import wang2023
from studies.recipes.wang2023 import NEVER, Wang2023

CPU = torch.device("cpu")
TASK = TaskConfig(letters=4, min_length=2, max_length=4)
TRAINING = TrainConfig(batch_size=3)
ATTENTION = ModelConfig(
    boundaries=True, embedding_size=3, hidden_size=5, score="additive", query="previous", readout="state"
)
NONE = ModelConfig(boundaries=True, embedding_size=3, hidden_size=5, score=None)


@pytest.mark.parametrize("check", RECIPE_CHECKS)
@pytest.mark.parametrize(
    "config",
    [ATTENTION, NONE, ATTENTION.replace({"bidirectional": True, "mlp": True})],
    ids=["attention", "none", "two directions with mlp"],
)
def test_the_recipe_conforms(check: str, config: ModelConfig) -> None:
    RECIPE_CHECKS[check](Wang2023, config, TASK)


def test_the_numbers_of_parameters_are_those_of_table_5() -> None:
    study = catalog.load("wang2023")
    published = {point.arm: point.low for point in study.published if point.metric == "parameters"}
    counts = {}
    for variant in plan(study, "full").variants:
        setup = variant.setup
        model = setup.build_recipe().model(setup.model, setup.task, setup.training)
        counts[variant.arm] = sum(parameter.numel() for parameter in model.parameters())
    assert counts == published
    assert published == {
        "rnn": 1466396, "gru": 3305500, "lstm": 4225052, "rnn_none": 1204252, "gru_none": 2519068, "lstm_none": 3176476
    }  # fmt: skip


def test_training_repeats_one_batch_of_each_length_in_order() -> None:
    examples = Wang2023().examples(TASK, TRAINING, 0, "train", CPU)
    batches = [examples.draw(3) for _ in range(7)]
    assert [batch.source_lengths.tolist() for batch in batches] == [[n] * 3 for n in (2, 3, 4, 2, 3, 4, 2)]
    for place in range(3, 7):
        assert torch.equal(batches[place].source, batches[place - 3].source)
    assert set(Wang2023().examples(TASK, TRAINING, 0, "test", CPU).draw(100).source_lengths.tolist()) == {2, 3, 4}


@pytest.mark.parametrize(
    ("exact", "of_training", "solved"),
    [(1.0, False, True), (0.995, True, True), (0.995, False, False), (0.994, True, False)],
)
def test_a_run_ends_after_one_evaluation_by_the_published_rule(
    exact: float, of_training: bool, solved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All strings of the evaluation set are exact, or 99.5% of them and 99.99% of the training data, of which the last
    batch of a length is wrong in the other cases."""
    recipe = Wang2023()
    model = build_model(ATTENTION, TASK, 0, CPU, TRAINING, recipe)
    batches = []

    def metrics(model: object, batch: Batch, task: TaskConfig, limit: int) -> list[SequenceMetrics]:
        batches.append(batch)
        last = len(batches) == 3 and not of_training
        return [sequence_metrics([3], [4] if last else [3]) for _ in batch.source]

    monkeypatch.setattr(wang2023, "batch_metrics", metrics)
    epochs = [{"exact_match": 0.1, "levenshtein_accuracy": 0.1}, {"exact_match": exact, "levenshtein_accuracy": 0.1}]
    stream = partial(recipe.examples, TASK, TRAINING, 0, device=CPU)
    stop_at = catalog.load("wang2023").training.stop_at
    assert stop_at is not None
    assert recipe.is_solved(epochs, stop_at, model, stream) == solved
    assert len(batches) == (3 if 0.995 <= exact < 1 else 0)
    assert settings_of("wang2023", plan(catalog.load("wang2023"), "smoke"), {})["stops"] == Wang2023.stops


@pytest.mark.parametrize(("wrong", "solved"), [(1, True), (2, False)])
def test_one_of_ten_thousand_strings_of_the_training_data_may_be_wrong(
    wrong: int, solved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, training = Wang2023(), TRAINING.replace({"batch_size": 4000})
    model = build_model(ATTENTION, TASK, 0, CPU, training, recipe)
    left = [wrong]

    def metrics(model: object, batch: Batch, task: TaskConfig, limit: int) -> list[SequenceMetrics]:
        bad, left[0] = left[0], 0
        return [sequence_metrics([3], [4] if place < bad else [3]) for place in range(len(batch.source))]

    monkeypatch.setattr(wang2023, "batch_metrics", metrics)
    stream = partial(recipe.examples, TASK, training, 0, device=CPU)
    assert recipe.is_solved([{"exact_match": 0.999}], 0.995, model, stream) == solved


def test_the_training_data_of_a_model_that_has_not_learnt_are_not_exact() -> None:
    recipe = Wang2023()
    model = build_model(ATTENTION, TASK, 0, CPU, TRAINING, recipe).eval()
    stream = partial(recipe.examples, TASK, TRAINING, 0, device=CPU)
    assert not recipe.is_solved([{"exact_match": 0.999}], 0.995, model, stream)


def test_padding_is_no_parameter_and_is_never_written() -> None:
    model = build_model(ATTENTION, TASK, 0, CPU, TRAINING, Wang2023())
    assert model.decoder.output.bias[0] == NEVER
    assert not model.encoder.embedding.weight[0].any()
    assert not model.decoder.embedding.weight[0].any()
    source = torch.randint(3, 7, (50, 4))
    logits = model(source, torch.full((50,), 4), source)
    assert logits.softmax(dim=-1)[..., 0].max() == 0
    assert (model.greedy(source, torch.full((50,), 4), 9, until_end=False).tokens > 0).all()


def test_weights_are_xavier_uniform_those_of_the_score_as_one_matrix_and_biases_zero() -> None:
    model = build_model(ATTENTION.replace({"hidden_size": 60}), TASK, 0, CPU, TRAINING, Wang2023())
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1:
            assert not parameter.any()
            continue
        joined = name in ("decoder.score.query.weight", "decoder.score.key.weight")
        rows, columns = parameter.shape
        bound = (6 / (rows + columns * (1 + joined))) ** 0.5
        assert 0.9 * bound < parameter.abs().max() <= bound
        if parameter.numel() > 1000:  # uniform: the standard deviation is bound / sqrt(3)
            assert float(parameter.detach().std()) == pytest.approx(bound / 3**0.5, rel=0.1)


def test_the_score_of_a_decoder_without_attention_is_not_used() -> None:
    model = build_model(NONE, TASK, 0, CPU, TRAINING, Wang2023())
    source = torch.randint(3, 7, (2, 4))
    nn.functional.cross_entropy(model(source, torch.tensor([4, 4]), source).mT, source).backward()
    used = {name: parameter.grad is not None for name, parameter in model.named_parameters()}
    assert {name for name in used if not used[name]} == {name for name in used if name.startswith("unused.")} != set()


def test_the_logits_are_those_of_the_plain_path() -> None:
    """The kernels take the rows without padding too."""
    model = build_model(ATTENTION, TASK, 0, CPU, TRAINING, Wang2023()).double()
    source, lengths = torch.tensor([[3, 4, 5, 6], [4, 4, 0, 0]]), torch.tensor([4, 2])
    target = torch.tensor([[6, 5, 4, 3, 2], [4, 4, 2, 0, 0]])
    fast = model(source, lengths, target)
    with fast_path.disabled():
        plain = model(source, lengths, target)
    real = target > 0
    torch.testing.assert_close(fast[real], plain[real], rtol=0, atol=1e-10)
