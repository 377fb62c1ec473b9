"""A recipe replaces the network, the examples and the extra metrics of a training."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cut_off import BRIEF, MODEL, TASK, cut_off_after
from torch import Tensor

from seq2seq_core import load
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import State
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.tokens import FIRST_LETTER
from seq2seq_core.training import Result, build_model, train
from seq2seq_core.training.checkpoint import CheckpointError


class Watched(Seq2Seq):
    """Records how many sequences it encodes at once."""

    def __init__(self, config: ModelConfig, letters: int, extra: int) -> None:
        super().__init__(config, letters)
        self.extra = torch.nn.Linear(extra, 1)
        self.encoded: list[int] = []

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory | None, State]:
        if not self.training:
            self.encoded.append(len(source))
        return super().encode(source, lengths)


class Odd(Recipe):
    """Another network, one letter only, an extra metric that identifies its examples, and small evaluation batches."""

    name = "odd"
    evaluation_batch_size = 7
    extra_metrics = ("tokens",)

    def __init__(self) -> None:
        self.made: list[Watched] = []
        self.streams: list[str] = []

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        self.made.append(Watched(config, task.vocabulary, extra=training.batch_size))
        return self.made[-1]

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        self.streams.append(stream)
        return Examples(task.replace({"letters": 1}), seed, stream, device)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        assert not model.training
        assert not torch.is_grad_enabled()
        return {"tokens": float(examples.draw(size).source.sum())}


def values(result: Result) -> dict[str, Any]:
    return {key: value for key, value in dataclasses.asdict(result).items() if key not in ("seconds", "model")}


def of_one_letter(stream: str, size: int) -> float:
    examples = Examples(TASK.replace({"letters": 1}), 7, stream, torch.device("cpu"))
    return float(examples.draw(size).source.sum())


def test_its_network_is_trained_and_evaluated_in_its_batches() -> None:
    recipe = Odd()
    result = train(MODEL, TASK, BRIEF, 7, recipe=recipe)
    (model,) = recipe.made
    assert result.parameters == train(MODEL, TASK, BRIEF, 7).parameters + BRIEF.batch_size + 1
    assert max(model.encoded) == 7
    sets = BRIEF.epochs * BRIEF.evaluation_size + BRIEF.test_size  # each once teacher-forced and once free-running
    assert sum(model.encoded) == 2 * sets + 1 + 100  # the single alignment and the mean alignment


def test_every_stream_is_of_its_examples() -> None:
    recipe = Odd()
    result = train(MODEL, TASK, BRIEF, 7, recipe=recipe)
    assert {*recipe.streams} == {"train", "evaluation", "test", "alignment"}
    assert result.alignment is not None
    assert result.alignment.source == ["a"] * TASK.max_length
    first = build_model(MODEL, TASK, 7, torch.device("cpu")).decoder.embedding.weight
    moved = (recipe.made[0].decoder.embedding.weight != first).any(-1)
    assert moved.tolist()[FIRST_LETTER:] == [True, False, False, False]  # no other letter was ever fed


@pytest.mark.parametrize(
    ("measured", "found"),
    [
        ({"tokens": torch.tensor(2.5)}, 2.5),
        ({"tokens": np.float32(2.5)}, 2.5),
        ({"tokens": 2}, 2.0),
        (
            {"token": 2.5},
            r"recipe 'odd': measure returns \['token'\]; expected \['tokens'\], as extra_metrics declares",
        ),
        ({}, r"recipe 'odd': measure returns \[\]; expected \['tokens'\]"),
        (None, r"recipe 'odd': measure returns None; expected \['tokens'\]"),
        ({"tokens": torch.ones(2)}, r"recipe 'odd': tokens is tensor\(\[1., 1.\]\); expected a number"),
        ({"tokens": None}, "recipe 'odd': tokens is None; expected a number"),
        ({"tokens": "2.5"}, "recipe 'odd': tokens is '2.5'; expected a number"),
        ({"tokens": float("nan")}, "recipe 'odd': tokens is nan; expected a finite number"),
        ({"tokens": torch.tensor(float("inf"))}, "recipe 'odd': tokens is inf; expected a finite number"),
    ],
)
def test_its_metrics_become_plain_numbers_or_end_the_first_epoch(measured: dict[str, Any], found: float | str) -> None:
    """A tensor could not be written into the storage, so each attempt was lost at its end."""

    class Own(Odd):
        name = "odd"

        def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
            return measured

    if isinstance(found, str):
        with pytest.raises(ValueError, match=found):
            train(MODEL, TASK, BRIEF, 7, recipe=Own())
    else:
        value = train(MODEL, TASK, BRIEF, 7, recipe=Own()).extra_metrics["tokens"]
        assert (type(value), value) == (float, found)


def test_its_metrics_are_of_the_evaluated_examples() -> None:
    result = train(MODEL, TASK, BRIEF, 7, recipe=Odd())
    evaluated = {"tokens": of_one_letter("evaluation", BRIEF.evaluation_size)}
    assert [metrics.extra_metrics for metrics in result.epochs] == [evaluated] * BRIEF.epochs
    assert result.extra_metrics == {"tokens": of_one_letter("test", BRIEF.test_size)}
    assert evaluated != result.extra_metrics


def test_a_diverged_run_has_no_extra_metrics() -> None:
    steep = dataclasses.replace(BRIEF, learning_rate=1e37)
    assert train(MODEL, TASK, steep, 7, recipe=Odd()).extra_metrics == {}


def test_the_plain_recipe_is_the_default_and_has_no_extra_metrics() -> None:
    plain = train(MODEL, TASK, BRIEF, 7)
    assert plain.extra_metrics == {}
    assert [metrics.extra_metrics for metrics in plain.epochs] == [{}] * BRIEF.epochs
    assert values(plain) == values(train(MODEL, TASK, BRIEF, 7, recipe=Recipe()))
    assert PLAIN.name == "plain"


def test_a_run_resumes_only_from_a_checkpoint_of_its_recipe() -> None:
    def train_on(**more: Any) -> Result:
        return train(MODEL, TASK, BRIEF, 7, **more)

    odd = cut_off_after(2, lambda **more: train_on(recipe=Odd(), **more))
    assert values(train_on(recipe=Odd(), checkpoint=odd)) == values(train_on(recipe=Odd()))
    with pytest.raises(CheckpointError, match="its recipe is 'odd'; expected 'plain'"):
        train_on(checkpoint=odd)


class Unnamed(Recipe):
    """Draws a random number in each evaluation."""

    extra_metrics = ("drawn",)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        return {"drawn": torch.rand(()).item()}


class Spaced(Recipe, name="a spaced name"):
    pass


def test_a_recipe_without_a_name_is_not_taken_for_the_one_it_derives_from(tmp_path: Path) -> None:
    """Its model was loaded as that of the plain recipe, without an error."""
    train(MODEL, TASK, BRIEF, 7, recipe=Unnamed()).model.save(tmp_path / "unnamed.model")
    with pytest.raises(CheckpointError, match=r"its recipe '\w+\.Unnamed' is unknown"):
        load(tmp_path / "unnamed.model")
    assert load(tmp_path / "unnamed.model", recipe=Unnamed()).predict("ab") is not None


def test_a_recipe_whose_name_has_a_space_is_found(tmp_path: Path) -> None:
    train(MODEL, TASK, BRIEF, 7, recipe=Spaced()).model.save(tmp_path / "spaced.model")
    assert type(load(tmp_path / "spaced.model").recipe) is Spaced


def test_random_numbers_of_a_test_follow_from_the_seed_too() -> None:
    """The test was outside the random state of the training, and advanced that of the caller."""
    drawn = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        drawn.append(train(MODEL, TASK, BRIEF, 7, recipe=Unnamed()).extra_metrics["drawn"])
        assert torch.equal(torch.get_rng_state(), before)
    assert drawn[0] == drawn[1]
