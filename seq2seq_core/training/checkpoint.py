"""A training's state as bytes. Reading checks that the bytes are undamaged and belong to the same run.

    magic line | SHA-256 of the payload | payload: torch.save of {"identity": ..., "state": ...}

The state of a saved model holds its weights and the number of its epochs alone.

torch does not verify its own checksums on loading, hence the digest. It detects damage; it does not authenticate.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.recipe import Recipe

MAGIC = b"retrograde checkpoint 2\n"
"""The number increases with every change of the payload's content."""
_START = len(MAGIC) + hashlib.sha256().digest_size


class CheckpointError(ValueError):
    """Bytes that are not an undamaged checkpoint, or that belong to another run. The message is one line."""


def identity_of(
    model: ModelConfig, task: TaskConfig, training: TrainConfig, seed: int, device: str, recipe: Recipe
) -> dict[str, Any]:
    """What identifies the run of a checkpoint, as plain values; the vocabulary of pairs, so that their model needs no
    files."""
    return {
        "model": model.to_dict(),
        "task": task.to_dict(),
        "training": training.to_dict(),
        "seed": seed,
        "device": device,
        "recipe": recipe.name,
        "torch": str(torch.__version__),
        **({"code": dict(recipe.outside)} if recipe.outside else {}),
        **({"symbols": list(task.symbols)} if task.symbols else {}),
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
    """The state of a training in the bytes, tensors on the CPU. Raises CheckpointError as `deserialize` does, and if
    the bytes belong to a run with another identity or are of a model alone."""
    found, state = deserialize(data)
    expected, given = _flat(identity), _flat(found)
    for name in sorted({*expected, *given}):
        if given.get(name) != expected.get(name):
            raise CheckpointError(
                f"checkpoint: of another run: its {name} is {given.get(name)!r}; expected {expected.get(name)!r}"
            )
    if "optimizer" not in state:
        raise CheckpointError("checkpoint: of a model alone; expected one that a training has written")
    return state


def restore(part: str, setter: Callable[[], object]) -> None:
    """Calls `setter`, which gives a part its state. Raises CheckpointError, in one line, if the state does not fit."""
    try:
        setter()
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"checkpoint: its {part} does not fit: {' '.join(str(error).split())}") from error


def _flat(identity: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of all configs, which have distinct names, and the other values."""
    plain: dict[str, Any] = {}
    for name, value in identity.items():
        plain.update(value if isinstance(value, Mapping) else {name: value})
    return plain
