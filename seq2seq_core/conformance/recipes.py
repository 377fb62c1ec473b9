"""What holds for every recipe, with a model and a task that it is made for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.requirements import require, require_equal
from seq2seq_core.evaluation.evaluate import MeasureError
from seq2seq_core.recipe import Recipe
from seq2seq_core.training import Result, train
from seq2seq_core.training.trained_model import TrainedModel

TRAINING = TrainConfig(epochs=2, steps_per_epoch=2, batch_size=3, evaluation_size=8, test_size=8)

CPU = torch.device("cpu")

MakeRecipe = Callable[[], Recipe]


def check_measures(make: MakeRecipe, model: ModelConfig, task: TaskConfig) -> None:
    recipe = make()
    try:
        result = train(model, task, TRAINING, 0, recipe=recipe)
    except MeasureError as error:
        raise AssertionError(str(error)) from error
    require(result.status == "done", f"a training of four steps ends as {result.status}; expected done")
    for metrics in (*(point.extra_metrics for point in result.epochs), result.extra_metrics):
        for name, value in metrics.items():
            require(math.isfinite(value), f"{name} is {value!r}; expected a finite number")


def check_stops(make: MakeRecipe, model: ModelConfig, task: TaskConfig) -> None:
    recipe = make()
    require(
        bool(recipe.stops) == (type(recipe).is_solved is not Recipe.is_solved),
        f"`stops` is {recipe.stops!r}; expected the rule of `is_solved` in words, and none without an own `is_solved`",
    )


def check_repeatable(make: MakeRecipe, model: ModelConfig, task: TaskConfig) -> None:
    first, second = (_values(train(model, task, TRAINING, 0, recipe=make())) for _ in range(2))
    _require_same("two trainings with the same seed", first, second)


def check_resumed(make: MakeRecipe, model: ModelConfig, task: TaskConfig) -> None:
    checkpoints: list[bytes] = []
    complete = train(model, task, TRAINING, 0, recipe=make(), on_checkpoint=checkpoints.append)
    resumed = train(model, task, TRAINING, 0, recipe=make(), checkpoint=checkpoints[0])
    _require_same("a training that is resumed after its first epoch", _values(resumed), _values(complete))


def check_loaded(make: MakeRecipe, model: ModelConfig, task: TaskConfig) -> None:
    checkpoints: list[bytes] = []
    trained = train(model, task, TRAINING, 0, recipe=make(), on_checkpoint=checkpoints.append).model
    require(trained is not None, "a training of four steps returns no model; expected one")
    assert trained is not None
    loaded = TrainedModel.from_bytes(checkpoints[-1], make())
    batch = make().examples(task, TRAINING, 0, "test", CPU).draw(8)
    predicted, expected = (
        one.network.greedy(batch.source, batch.source_lengths, 5, until_end=False).tokens for one in (loaded, trained)
    )
    require_equal("predictions of a model that is loaded and when it was saved", predicted, expected, 0)


def _values(result: Result) -> dict[str, Any]:
    return {
        "parameters": result.parameters,
        "epochs": [asdict(point) for point in result.epochs],
        "test": result.test and asdict(result.test),
        **result.extra_metrics,
    }


def _require_same(what: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    different = [name for name in expected if found[name] != expected[name]]
    require(not different, f"{what} has other {', '.join(different)}; expected the same bit for bit")


RECIPE_CHECKS: dict[str, Callable[[MakeRecipe, ModelConfig, TaskConfig], None]] = {
    "`measure` returns the declared metrics as finite numbers": check_measures,
    "`stops` says when `is_solved` ends a run": check_stops,
    "equal seeds give equal metrics": check_repeatable,
    "a resumed training has the metrics of an uninterrupted one": check_resumed,
    "a saved model is loaded and predicts the same": check_loaded,
}
"""What a check shows -> the check, for a function that makes the recipe, and a model and a task that it is made for."""
