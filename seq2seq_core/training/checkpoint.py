"""A training's state as bytes. Reading checks that the bytes are undamaged and belong to the same run.

    magic line | SHA-256 of the payload | payload: torch.save of {"identity": ..., "state": ...}

torch does not verify its own checksums on loading, hence the digest. It detects damage; it does not authenticate.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.training.step import build_model

MAGIC = b"retrograde checkpoint 2\n"
"""The number increases with every change of the payload's content."""
_START = len(MAGIC) + hashlib.sha256().digest_size


class CheckpointError(ValueError):
    """Bytes that are not an undamaged checkpoint, or that belong to another run. The message is one line."""


@dataclass(frozen=True)
class LoadedModel:
    """A model as of the last epoch in its checkpoint, on the CPU, in evaluation mode."""

    model: Seq2Seq
    model_config: ModelConfig
    task: TaskConfig
    training: TrainConfig
    seed: int
    epoch: int
    """Completed epochs"""


def identity_of(
    model: ModelConfig, task: TaskConfig, training: TrainConfig, seed: int, device: str, recipe: Recipe
) -> dict[str, Any]:
    """What identifies the run of a checkpoint, as plain values."""
    return {
        "model": model.to_dict(),
        "task": task.to_dict(),
        "training": training.to_dict(),
        "seed": seed,
        "device": device,
        "recipe": recipe.name,
        "torch": str(torch.__version__),
    }


def serialize(identity: Mapping[str, Any], state: Mapping[str, Any]) -> bytes:
    """The bytes of a state (tensors and plain values, nested) and of the identity of its run (plain values, or mappings
    of them)."""
    stream = io.BytesIO()
    torch.save({"identity": dict(identity), "state": dict(state)}, stream)
    payload = stream.getvalue()
    return MAGIC + hashlib.sha256(payload).digest() + payload


def deserialize(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The identity and the state in the bytes, tensors on the CPU. Raises CheckpointError if a byte is missing, added
    or changed."""
    if data[: len(MAGIC)] != MAGIC:
        raise CheckpointError("checkpoint: damaged, or not a checkpoint: its first line is wrong")
    payload = data[_START:]
    if data[len(MAGIC) : _START] != hashlib.sha256(payload).digest():
        raise CheckpointError("checkpoint: damaged: its content does not match its digest")
    try:
        content = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError("checkpoint: refused: it holds more than tensors and plain values") from error
    return content["identity"], content["state"]


def state_of(data: bytes, identity: Mapping[str, Any]) -> dict[str, Any]:
    """The state in the bytes, tensors on the CPU. Raises CheckpointError as `deserialize` does, and if the bytes belong
    to a run with another identity."""
    found, state = deserialize(data)
    expected, given = _flat(identity), _flat(found)
    for name in sorted({*expected, *given}):
        if given.get(name) != expected.get(name):
            raise CheckpointError(
                f"checkpoint: of another run: its {name} is {given.get(name)!r}; expected {expected.get(name)!r}"
            )
    return state


def load(data: bytes, recipe: Recipe = PLAIN) -> LoadedModel:
    """The model of a checkpoint that was written with this recipe, on any device and by any version of torch.

    Raises CheckpointError if the checkpoint is damaged, of another recipe, or has settings or weights that this version
    does not accept.
    """
    identity, state = deserialize(data)
    if identity.get("recipe") != recipe.name:
        raise CheckpointError(f"checkpoint: its recipe is {identity.get('recipe')!r}; expected {recipe.name!r}")
    try:
        model_config = ModelConfig.from_dict(identity["model"])
        task = TaskConfig.from_dict(identity["task"])
        training = TrainConfig.from_dict(identity["training"])
    except ConfigError as error:
        raise CheckpointError(f"checkpoint: its settings are refused: {error}") from error
    model = build_model(model_config, task, identity["seed"], torch.device("cpu"), training, recipe)
    restore("model", lambda: model.load_state_dict(state["model"]))
    return LoadedModel(model.eval(), model_config, task, training, identity["seed"], len(state["points"]))


def restore(part: str, setter: Callable[[], object]) -> None:
    """Calls `setter`, which gives a part its state. Raises CheckpointError, in one line, if the state does not fit."""
    try:
        setter()
    except (RuntimeError, ValueError, KeyError) as error:
        raise CheckpointError(f"checkpoint: its {part} does not fit: {' '.join(str(error).split())}") from error


def _flat(identity: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of all configs, which have distinct names, and the other values."""
    plain: dict[str, Any] = {}
    for name, value in identity.items():
        plain.update(value if isinstance(value, Mapping) else {name: value})
    return plain
