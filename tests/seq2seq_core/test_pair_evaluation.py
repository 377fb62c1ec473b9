"""The metrics of a trained model on given pairs, and on its test set as the training computes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq_core import ConfigError, ModelConfig, TaskConfig, TrainConfig, TrainedModel, evaluate, train
from seq2seq_core.evaluation.evaluate import evaluate as evaluate_set
from seq2seq_core.evaluation.metrics import SequenceMetrics
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.tokens import FIRST_LETTER
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=1, max_length=4)
BRIEF = TrainConfig(epochs=2, steps_per_epoch=60, batch_size=40, learning_rate=1e-2, evaluation_size=20, test_size=60)
SMALL = ModelConfig(embedding_size=8, hidden_size=16)


class SmallBatches(Recipe):
    evaluation_batch_size = 25


@cache
def trained() -> TrainedModel:
    model = train(SMALL, TASK, BRIEF, seed=3).model
    assert model is not None
    return model


def untrained(task: TaskConfig, recipe: Recipe = PLAIN, **settings: Any) -> TrainedModel:
    config = SMALL.replace(settings)
    return TrainedModel(build_model(config, task, 3, CPU).double(), config, task, BRIEF, recipe, seed=3, epoch=1)


def as_the_training_tests(model: TrainedModel) -> list[SequenceMetrics]:
    examples = model.recipe.examples(model.task, model.training, model.seed, "test", CPU)
    return evaluate_set(model.network, examples, model.training.test_size, model.recipe).sequences


def test_the_metrics_of_the_test_set_are_those_of_the_training() -> None:
    result = train(SMALL, TASK, BRIEF, seed=3)
    assert result.model is not None
    assert result.test is not None
    found = evaluate(result.model, BRIEF.test_size)
    assert (found.n, found.exact_match) == (result.test.n, result.test.exact_match)
    assert found.levenshtein_accuracy == pytest.approx(result.test.levenshtein_accuracy, abs=1e-12)


@pytest.mark.parametrize("settings", [{}, {"packing": "padded"}, {"score": None}])
def test_a_model_that_never_ends_is_decoded_as_far_as_in_the_training(settings: dict[str, Any]) -> None:
    model = untrained(TaskConfig(), **settings)
    torch.nn.init.constant_(model.network.decoder.output.bias[:FIRST_LETTER], -1e9)
    found = evaluate(model, BRIEF.test_size)
    assert {len(prediction) for prediction in found.predictions} == {2 * 14}
    assert found.sequences == as_the_training_tests(model)
    (given,) = evaluate(model, [("abcda", "adcba")]).predictions
    assert len(given) == 2 * 5


@pytest.mark.parametrize("recipe", [PLAIN, SmallBatches()])
@pytest.mark.parametrize("size", [1, 7, 25, 59, 60])
def test_a_number_takes_the_first_examples_that_the_training_tests(recipe: Recipe, size: int) -> None:
    model = untrained(TASK, recipe)
    found = evaluate(model, size)
    assert found.sequences == as_the_training_tests(model)[:size]
    assert found.predictions == evaluate(model, 200).predictions[:size]


def test_a_token_that_is_named_as_the_unknown_one_is_another_token(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a <unk>\tb <unk>\nb\ta\n")
    (tmp_path / "test.tsv").write_text("a x\tx\n<unk>\t<unk>\n")
    files = {name: str(tmp_path / "test.tsv") for name in ("evaluation_data", "test_data")}
    task = TaskConfig(task="pairs", data=str(tmp_path / "train.tsv"), units="tokens", **files)
    model = untrained(task)
    (token,) = task.encode("<unk>")
    torch.nn.init.constant_(model.network.decoder.output.bias[token], 1e9)  # writes this token only
    found = evaluate(model, 2)
    assert sorted(one.overlap for one in found.sequences) == [0.0, 0.5]  # EOS is missing in both
    assert found.sequences == as_the_training_tests(model)


def test_pairs_are_evaluated_one_by_one() -> None:
    model = trained()
    prediction = model.predict("abc")
    pairs = [("abc", prediction), (["a", "b", "c"], prediction + "Z"), ("abc", "")]
    found = evaluate(model, pairs)
    assert found == evaluate(model, zip(*zip(*pairs, strict=True), strict=True))
    assert found.predictions == [prediction] * 3
    assert [one.distance for one in found.sequences] == [0, 1, len(prediction)]
    assert [one.exact_match for one in found.sequences] == [True, False, not prediction]
    assert found.levenshtein_accuracy == pytest.approx(
        sum(one.levenshtein_accuracy for one in found.sequences) / 3, abs=1e-12
    )


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], "pairs: none is given"),
        (0, "pairs: 0 is refused; expected a positive integer"),
        (5.0, "pairs: 5.0 is refused; expected a positive integer, or pairs of source and target"),
        (iter([]), "pairs: none is given"),
        (["ab"], "pair 1: 'ab' is refused; expected a source and a target"),
        ([("a", "b"), ("a",)], "pair 2: .* is refused"),
        ([("a", "b"), ("", "b")], "pair 2: source: '' is refused; expected at least one letter"),
        ([("a", "b"), ("a", 3)], "pair 2: target: 3 is refused; expected a text, or a sequence of letters"),
    ],
)
def test_what_are_no_pairs_is_refused_in_one_line(pairs: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        evaluate(trained(), pairs)
    assert "\n" not in str(caught.value)


def test_an_evaluation_is_printed_without_the_values_of_each_pair() -> None:
    found = evaluate(trained(), 500)
    assert len(found.predictions) == len(found.sequences) == 500
    assert repr(found) == (
        f"PairEvaluation(n=500, levenshtein_accuracy={found.levenshtein_accuracy}, exact_match={found.exact_match})"
    )
