"""The `beside` fixture. Without the peers none of these suites is collected, and the session says so."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import SESSION
from benchmarks.peers.compare import Beside
from benchmarks.session.profiles import profile_of

MISSING = [name for name in ("joeynmt", "eole") if find_spec(name) is None]
OUT = "results/local/peers"
collect_ignore_glob = ["bench_*.py", "test_*.py"] if MISSING else []


@pytest.hookimpl(tryfirst=True)  # before that of all benchmarks, which opens the folder
def pytest_configure(config: pytest.Config) -> None:
    """A folder of their own: in that of the benchmarks the rounds of one would replace those of the other."""
    if config.option.retrograde_out is None:
        config.option.retrograde_out = str(config.rootpath / OUT)


def pytest_report_header() -> str | None:
    if MISSING:
        return f"benchmarks/peers: left out, for {' and '.join(MISSING)} cannot be imported; nox -s peers brings them"
    return None


@pytest.fixture
def beside(benchmark: BenchmarkFixture, pytestconfig: pytest.Config, device: torch.device) -> Beside:
    return Beside(device, benchmark, profile_of(pytestconfig).limits, pytestconfig.stash[SESSION].ledger)
