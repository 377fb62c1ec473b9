"""A training's state as bytes, and back: what is read is what was written for the same run, or it is refused.

    magic line | SHA-256 of the payload | payload: torch.save of {"identity": ..., "state": ...}

The digest is ours because torch does not look at its own checksums on loading. It finds damage; it is no signature.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import torch

MAGIC = b"retrograde checkpoint 2\n"
"""The number is raised with any change of what the payload holds."""
_START = len(MAGIC) + hashlib.sha256().digest_size


class CheckpointError(ValueError):
    """Bytes that are no whole checkpoint, or that of another run; one line."""


def pack(identity: Mapping[str, Any], state: Mapping[str, Any]) -> bytes:
    """The bytes of a state (tensors and plain values, nested) of the run that `identity` (plain values, or mappings
    of them) tells apart."""
    stream = io.BytesIO()
    torch.save({"identity": dict(identity), "state": dict(state)}, stream)
    payload = stream.getvalue()
    return MAGIC + hashlib.sha256(payload).digest() + payload


def read(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The identity and the state in the bytes, tensors on the CPU. CheckpointError if a byte is missing, added or
    changed."""
    if data[: len(MAGIC)] != MAGIC:
        raise CheckpointError("checkpoint: damaged, or of another format: it does not begin as one")
    payload = data[_START:]
    if data[len(MAGIC) : _START] != hashlib.sha256(payload).digest():
        raise CheckpointError("checkpoint: damaged: its content does not have its digest")
    try:
        content = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError("checkpoint: refused: it holds more than tensors and plain values") from error
    return content["identity"], content["state"]


def unpack(data: bytes, identity: Mapping[str, Any]) -> dict[str, Any]:
    """The state in the bytes, tensors on the CPU. CheckpointError as for `read`, or if they are of a run with another
    identity."""
    found, state = read(data)
    ours, theirs = _flat(identity), _flat(found)
    for name in sorted({*ours, *theirs}):
        if theirs.get(name) != ours.get(name):
            raise CheckpointError(
                f"checkpoint: of another run: its {name} is {theirs.get(name)!r}, and {ours.get(name)!r} is wanted"
            )
    return state


def fit(give: Callable[[], object], what: str) -> None:
    """Gives a part its state; CheckpointError if it does not fit, in one line where torch says it over many."""
    try:
        give()
    except (RuntimeError, ValueError, KeyError) as error:
        raise CheckpointError(f"checkpoint: its {what} does not fit: {' '.join(str(error).split())}") from error


def _flat(identity: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of each config, which share no name, beside what else there is."""
    plain: dict[str, Any] = {}
    for name, value in identity.items():
        plain.update(value if isinstance(value, Mapping) else {name: value})
    return plain
