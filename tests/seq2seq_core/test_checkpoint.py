"""Bytes that are no whole checkpoint of the same run are refused in one line, before any work."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from cut_off import BRIEF, MODEL, START, TASK, content, written
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.training import Point, train
from seq2seq_core.training.checkpoint import MAGIC, CheckpointError, pack


def refused(data: bytes, words: str, **other: Any) -> None:
    """One line that says why, before a point is told."""
    heard: list[Point] = []
    arguments = {"model_config": MODEL, "task": TASK, "training": BRIEF, "seed": 7, **other}
    with pytest.raises(CheckpointError, match=words) as caught:
        train(**arguments, checkpoint=data, on_epoch=heard.append)
    assert "\n" not in str(caught.value)
    assert heard == []


@given(place=st.integers(0, len(MAGIC) + 3000), mask=st.integers(1, 255), backwards=st.booleans())
def test_a_changed_byte_is_seen(place: int, mask: int, backwards: bool) -> None:
    data = bytearray(written())
    data[-1 - place if backwards else place] ^= mask
    refused(bytes(data), "damaged")


@given(st.integers(0, 10**6))
def test_torn_bytes_are_seen(size: int) -> None:
    refused(written()[: size % len(written())], "damaged")


@pytest.mark.parametrize("size", [0, 1, len(MAGIC), START - 1, START], ids=str)
def test_bytes_that_end_in_the_header_are_seen(size: int) -> None:
    refused(written()[:size], "damaged")


def test_bytes_too_many_are_seen() -> None:
    refused(written() + b"\0", "damaged")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("hidden_size", {"model_config": MODEL.replace({"hidden_size": 9})}),
        ("score", {"model_config": MODEL.replace({"score": None})}),
        ("letters", {"task": TASK.replace({"letters": 5})}),
        ("learning_rate", {"training": BRIEF.replace({"learning_rate": 2e-3})}),
        ("epochs", {"training": BRIEF.replace({"epochs": 4})}),
        ("seed", {"seed": 8}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_of_another_run_is_refused(name: str, other: dict[str, Any]) -> None:
    refused(written(), f"its {name} is", **other)


@pytest.mark.parametrize(("name", "ours"), [("device", "cpu"), ("torch", torch.__version__)])
def test_that_of_another_device_or_torch_is_refused(name: str, ours: str) -> None:
    held = content(written())
    foreign = pack({**held["identity"], name: "another"}, held["state"])
    refused(foreign, re.escape(f"its {name} is 'another', and '{ours}' is wanted"))


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    refused(pack(content(written())["identity"], {"model": Hostile()}), "refused")
    assert not (tmp_path / "ran").exists()
