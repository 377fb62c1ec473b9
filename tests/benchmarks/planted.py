"""A suite with a known truth, run by the benchmarks' own conftest in a session of its own (see `test_session.py`)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

from benchmarks.roofline.peaks import Needs
from benchmarks.session.compare import Compare
from benchmarks.session.rows import Case
from benchmarks.timing.interleaved import Work

REPEATS = {"once": 100_000, "broken": 100_000, "twice": 200_000, "deadly": 100_000}

torch.set_num_threads(int(os.environ.get("THREADS", "1")))


@pytest.mark.parametrize("name", REPEATS)
def test_planted(compare: Compare, device: torch.device, name: str) -> None:
    case = Case(
        suite="score",
        name="planted",
        device=str(device),
        batch=1,
        source_length=1,
        padding_ratio=0.0,
        hidden_size=8,
        tokens="target",
        token_count=1000,
        needs=Needs(flop=1e6, tanh=1.0, bytes=1.0),
    )
    compare(case, name, "once", make)


def make(name: str) -> Work:
    """Writes a dot a call; `deadly` kills the session at its first, `broken` fails until there is a file `mended`."""
    folder = Path(os.environ["CALLS"])
    calls = folder / name
    if name == "broken" and not (folder / "mended").exists():
        raise RuntimeError("broken")

    def work() -> None:
        first = not calls.exists()
        with calls.open("a") as file:
            file.write(".")
        if first and name == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        sum(range(REPEATS[name]))

    return work
