"""A training's state as bytes, and back: what is read is what was written for the same run, or it is refused.

    magic line | SHA-256 of the payload | payload: torch.save of {"identity": ..., "state": ...}

The digest is ours because torch does not look at its own checksums on loading. It finds damage; it is no signature.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Mapping
from typing import Any

import torch

MAGIC = b"retrograde checkpoint 1\n"
"""The number is raised with any change of what the payload holds."""
_START = len(MAGIC) + hashlib.sha256().digest_size


class CheckpointError(ValueError):
    """Bytes that are no whole checkpoint, or that of another run; one line."""


def pack(identity: Mapping[str, Any], state: Mapping[str, Any]) -> bytes:
    """The bytes of a state (tensors and plain values, nested) of the run that `identity` (plain values) tells apart."""
    stream = io.BytesIO()
    torch.save({"identity": dict(identity), "state": dict(state)}, stream)
    payload = stream.getvalue()
    return MAGIC + hashlib.sha256(payload).digest() + payload


def unpack(data: bytes, identity: Mapping[str, Any]) -> dict[str, Any]:
    """The state in the bytes, its tensors on the CPU. CheckpointError if a byte is missing, added or changed, or if
    they are of a run with another identity."""
    if data[: len(MAGIC)] != MAGIC:
        raise CheckpointError("checkpoint: damaged, or of another format: it does not begin as one")
    payload = data[_START:]
    if data[len(MAGIC) : _START] != hashlib.sha256(payload).digest():
        raise CheckpointError("checkpoint: damaged: its content does not have its digest")
    try:
        content = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError("checkpoint: refused: it holds more than tensors and plain values") from error
    found: dict[str, Any] = content["identity"]
    for name in sorted({*identity, *found}):
        if found.get(name) != identity.get(name):
            raise CheckpointError(
                f"checkpoint: of another run: its {name} is {found.get(name)!r}, and {identity.get(name)!r} is wanted"
            )
    state: dict[str, Any] = content["state"]
    return state
