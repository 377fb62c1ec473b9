"""A small training for the tests of checkpoints, and its interruption."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.training import Result, train
from seq2seq_core.training.checkpoint import MAGIC

TASK = TaskConfig(min_length=2, max_length=5)
BRIEF = TrainConfig(epochs=3, steps_per_epoch=4, batch_size=5, evaluation_size=20, test_size=30)
MODEL = ModelConfig(embedding_size=6, hidden_size=8, layers=2, dropout=0.3)
START = len(MAGIC) + 32
"""The offset of the payload in a checkpoint."""


class CutOffError(Exception):
    pass


def content(data: bytes) -> dict[str, Any]:
    """The identity and the state in a checkpoint."""
    held: dict[str, Any] = torch.load(io.BytesIO(data[START:]), weights_only=True)
    return held


def state(data: bytes) -> dict[str, Any]:
    """The state, without times."""
    return {key: value for key, value in content(data)["state"].items() if key != "seconds"}


def cut_off_after(epoch: int, train_on: Callable[..., Result], **arguments: Any) -> bytes:
    """The checkpoint of a training that is interrupted right after it has written the checkpoint of the epoch."""
    written: list[bytes] = []

    def write(data: bytes) -> None:
        written.append(data)
        if len(state(data)["points"]) == epoch:
            raise CutOffError

    with pytest.raises(CutOffError):
        train_on(on_checkpoint=write, **arguments)
    return written[-1]


@cache
def written() -> bytes:
    return cut_off_after(2, lambda **more: train(MODEL, TASK, BRIEF, seed=7, **more))
