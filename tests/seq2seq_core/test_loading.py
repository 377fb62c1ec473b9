"""A model from its checkpoint alone is the one that was trained; what does not fit is refused in one line."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from cut_off import BRIEF, MODEL, TASK, content, written

from seq2seq_core.evaluation.alignment import example_alignment
from seq2seq_core.evaluation.evaluate import evaluate
from seq2seq_core.evaluation.metrics import average
from seq2seq_core.recipe import Recipe
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.training import Point, train
from seq2seq_core.training.checkpoint import CheckpointError, pack
from seq2seq_core.training.loading import load

CPU = torch.device("cpu")


class Renamed(Recipe):
    name = "renamed"


def changed(**parts: dict[str, Any]) -> bytes:
    """The checkpoint with some of its identity or its state put in the place of what was there."""
    held = content(written())
    return pack({**held["identity"], **parts.get("identity", {})}, {**held["state"], **parts.get("state", {})})


def narrowed() -> dict[str, Any]:
    weights: dict[str, Any] = dict(content(written())["state"]["model"])
    return {**weights, "decoder.output.bias": weights["decoder.output.bias"][1:]}


def test_it_is_the_trained_one() -> None:
    checkpoints: list[bytes] = []
    result = train(MODEL, TASK, BRIEF, seed=7, on_checkpoint=checkpoints.append)
    loaded = load(checkpoints[-1])
    assert not loaded.model.training
    assert (loaded.model_config, loaded.task, loaded.training) == (MODEL, TASK, BRIEF)
    assert (loaded.seed, loaded.epoch) == (7, BRIEF.epochs)
    assert example_alignment(loaded.model, Examples(TASK, 7, "alignment", CPU)) == result.alignment
    assert average(evaluate(loaded.model, Examples(TASK, 7, "test", CPU), BRIEF.test_size).scores) == result.test


def test_it_is_loaded_by_another_torch_and_onto_the_cpu() -> None:
    assert load(changed(identity={"torch": "9.9", "device": "cuda"})).epoch == 2


def test_with_the_recipe_that_it_was_made_with_and_no_other() -> None:
    assert load(changed(identity={"recipe": "renamed"}), Renamed()).seed == 7
    with pytest.raises(CheckpointError, match="its recipe is 'renamed', and 'plain' is wanted"):
        load(changed(identity={"recipe": "renamed"}))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: written()[:-1], "damaged"),
        (lambda: changed(state={"model": narrowed()}), "its model does not fit: .*decoder.output.bias"),
        (lambda: changed(state={"model": {}}), "its model does not fit: .*Missing key"),
        (lambda: changed(identity={"model": {"depth": 2}}), "its settings are refused: .*unknown key 'depth'"),
        (lambda: changed(identity={"training": {"epochs": 0}}), "its settings are refused: .*'?epochs"),
    ],
    ids=["torn", "narrowed", "empty", "unknown setting", "bad setting"],
)
def test_what_does_not_fit_is_refused_in_one_line(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(CheckpointError, match=words) as caught:
        load(make())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "state"),
    [
        ("model", {"model": {}}),
        ("optimizer", {"optimizer": {"state": {}, "param_groups": []}}),
        ("examples", {"examples": []}),
        ("forcing", {"forcing": []}),
    ],
)
def test_training_refuses_it_too_before_a_point_is_told(part: str, state: dict[str, Any]) -> None:
    heard: list[Point] = []
    with pytest.raises(CheckpointError, match=f"its {part} does not fit") as caught:
        train(MODEL, TASK, BRIEF, seed=7, checkpoint=changed(state=state), on_epoch=heard.append)
    assert "\n" not in str(caught.value)
    assert heard == []
