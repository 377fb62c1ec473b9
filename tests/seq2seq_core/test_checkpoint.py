"""Damaged bytes and checkpoints of another run are refused in one line, before any work; a model is loaded as it was
trained."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from cut_off import BRIEF, MODEL, START, TASK, content, written
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.evaluation.alignment import example_alignment
from seq2seq_core.evaluation.evaluate import evaluate
from seq2seq_core.evaluation.metrics import average
from seq2seq_core.examples import Examples
from seq2seq_core.recipe import Recipe
from seq2seq_core.training import EpochMetrics, train
from seq2seq_core.training.checkpoint import MAGIC, CheckpointError, serialize
from seq2seq_core.training.trained_model import TrainedModel

CPU = torch.device("cpu")


def refused(data: bytes, words: str, **other: Any) -> None:
    """Training raises one line, before any epoch."""
    received: list[EpochMetrics] = []
    arguments = {"model_config": MODEL, "task": TASK, "training": BRIEF, "seed": 7, **other}
    with pytest.raises(CheckpointError, match=words) as caught:
        train(**arguments, checkpoint=data, on_epoch=received.append)
    assert "\n" not in str(caught.value)
    assert received == []


@given(position=st.integers(0, len(MAGIC) + 3000), mask=st.integers(1, 255), backwards=st.booleans())
def test_a_changed_byte_is_detected(position: int, mask: int, backwards: bool) -> None:
    data = bytearray(written())
    data[-1 - position if backwards else position] ^= mask
    refused(bytes(data), "damaged")


@given(st.integers(0, 10**6))
def test_truncated_bytes_are_detected(size: int) -> None:
    refused(written()[: size % len(written())], "damaged")


@pytest.mark.parametrize("size", [0, 1, len(MAGIC), START - 1, START], ids=str)
def test_bytes_that_end_in_the_header_are_detected(size: int) -> None:
    refused(written()[:size], "damaged")


def test_extra_bytes_are_detected() -> None:
    refused(written() + b"\0", "damaged")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("hidden_size", {"model_config": MODEL.replace({"hidden_size": 9})}),
        ("score", {"model_config": MODEL.replace({"score": None})}),
        ("letters", {"task": TASK.replace({"letters": 5})}),
        ("task", {"task": TASK.replace({"task": "copy"})}),
        ("learning_rate", {"training": BRIEF.replace({"learning_rate": 2e-3})}),
        ("epochs", {"training": BRIEF.replace({"epochs": 4})}),
        ("seed", {"seed": 8}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_checkpoint_of_another_run_is_refused(name: str, other: dict[str, Any]) -> None:
    refused(written(), f"its {name} is", **other)


@pytest.mark.parametrize(("name", "ours"), [("device", "cpu"), ("torch", torch.__version__)])
def test_a_checkpoint_of_another_device_or_torch_is_refused(name: str, ours: str) -> None:
    held = content(written())
    foreign = serialize({**held["identity"], name: "another"}, held["state"])
    refused(foreign, re.escape(f"its {name} is 'another'; expected '{ours}'"))


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    refused(serialize(content(written())["identity"], {"model": Hostile()}), "refused")
    assert not (tmp_path / "ran").exists()


class Renamed(Recipe):
    name = "renamed"


def changed(**parts: dict[str, Any]) -> bytes:
    """The checkpoint with parts of its identity or its state replaced."""
    held = content(written())
    return serialize({**held["identity"], **parts.get("identity", {})}, {**held["state"], **parts.get("state", {})})


def narrowed() -> dict[str, Any]:
    weights: dict[str, Any] = dict(content(written())["state"]["model"])
    return {**weights, "decoder.output.bias": weights["decoder.output.bias"][1:]}


def test_a_loaded_model_is_the_trained_one() -> None:
    checkpoints: list[bytes] = []
    result = train(MODEL, TASK, BRIEF, seed=7, on_checkpoint=checkpoints.append)
    loaded = TrainedModel.from_bytes(checkpoints[-1])
    assert not loaded.network.training
    assert (loaded.model_config, loaded.task, loaded.training) == (MODEL, TASK, BRIEF)
    assert (loaded.seed, loaded.epoch) == (7, BRIEF.epochs)
    assert example_alignment(loaded.network, Examples(TASK, 7, "alignment", CPU)) == result.alignment
    assert average(evaluate(loaded.network, Examples(TASK, 7, "test", CPU), BRIEF.test_size).sequences) == result.test


def test_a_checkpoint_of_another_torch_or_device_is_loaded_on_the_cpu() -> None:
    assert TrainedModel.from_bytes(changed(identity={"torch": "9.9", "device": "cuda"})).epoch == 2


def test_a_checkpoint_is_loaded_only_with_its_own_recipe() -> None:
    assert TrainedModel.from_bytes(changed(identity={"recipe": "renamed"}), Renamed()).seed == 7
    with pytest.raises(CheckpointError, match="its recipe is 'plain'; expected 'renamed'"):
        TrainedModel.from_bytes(written(), Renamed())
    with pytest.raises(CheckpointError, match="its recipe 'renamed' is unknown; import the module that defines it"):
        TrainedModel.from_bytes(changed(identity={"recipe": "renamed"}))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: written()[:-1], "damaged"),
        (lambda: changed(state={"model": narrowed()}), "its model does not fit: .*decoder.output.bias"),
        (lambda: changed(state={"model": {}}), "its model does not fit: .*Missing key"),
        (lambda: changed(identity={"model": {"depth": 2}}), "its settings are refused: .*unknown key 'depth'"),
        (lambda: changed(identity={"training": {"epochs": 0}}), "its settings are refused: .*'?epochs"),
    ],
    ids=["truncated", "narrowed", "empty", "unknown setting", "bad setting"],
)
def test_loading_refuses_what_does_not_fit_in_one_line(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(CheckpointError, match=words) as caught:
        TrainedModel.from_bytes(make())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "state"),
    [
        ("model", {"model": {}}),
        ("optimizer", {"optimizer": {"state": {}, "param_groups": []}}),
        ("examples", {"examples": []}),
        ("forcing", {"forcing": []}),
        ("points", {"points": [{"of_another_version": 1}]}),
    ],
)
def test_training_refuses_what_does_not_fit_before_any_epoch(part: str, state: dict[str, Any]) -> None:
    received: list[EpochMetrics] = []
    with pytest.raises(CheckpointError, match=f"its {part} does not fit") as caught:
        train(MODEL, TASK, BRIEF, seed=7, checkpoint=changed(state=state), on_epoch=received.append)
    assert "\n" not in str(caught.value)
    assert received == []
