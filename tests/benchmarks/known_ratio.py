"""A suite whose ratios are known, for the tests of sessions; `sessions.known_ratio` runs it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

from benchmarks.roofline.work import Work
from benchmarks.session.compare import Compare
from benchmarks.session.rows import Case
from benchmarks.timing.interleaved import Workload

REPEATS = {"once": 100_000, "failing": 100_000, "twice": 200_000, "killing": 100_000}

torch.set_num_threads(int(os.environ.get("THREADS", "1")))


@pytest.mark.parametrize("name", REPEATS)
def test_known_ratio(compare: Compare, device: torch.device, name: str) -> None:
    case = Case(
        suite="score",
        name="known ratio",
        device=str(device),
        batch=1,
        source_length=1,
        padding_ratio=0.0,
        hidden_size=8,
        tokens="target",
        token_count=1000,
        least_work=Work(flop=1e6, tanh=1.0, bytes=1.0),
    )
    compare(case, name, "once", make)


def make(name: str) -> Workload:
    """Writes a dot per call. `killing` ends the session by SIGKILL; `failing` fails until a file `fixed` exists."""
    folder = Path(os.environ["CALLS"])
    calls = folder / name
    if name == "failing" and not (folder / "fixed").exists():
        raise RuntimeError("failing")

    def run() -> None:
        first = not calls.exists()
        with calls.open("a") as file:
            file.write(".")
        if first and name == "killing":
            os.kill(os.getpid(), signal.SIGKILL)
        sum(range(REPEATS[name]))

    return run
