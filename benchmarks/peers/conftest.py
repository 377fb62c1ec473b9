"""The fixture `compare_with_peer`. Where the peers are not installed, no suite of this folder is collected."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import SESSION
from benchmarks.peers.compare import CompareWithPeer
from benchmarks.session.profiles import profile_of

MISSING = [name for name in ("joeynmt", "eole") if find_spec(name) is None]
DEFAULT_OUT = "results/local/peers"
collect_ignore_glob = ["bench_*.py", "test_*.py"] if MISSING else []


@pytest.hookimpl(tryfirst=True)  # before benchmarks/conftest.py, which creates the folder
def pytest_configure(config: pytest.Config) -> None:
    """Sets another default folder: rounds.csv in the folder of the benchmarks would be replaced otherwise."""
    if config.option.retrograde_out is None:
        config.option.retrograde_out = str(config.rootpath / DEFAULT_OUT)


def pytest_report_header() -> str | None:
    if MISSING:
        return (
            f"benchmarks/peers: not collected, {' and '.join(MISSING)} cannot be imported; nox -s peers installs them"
        )
    return None


@pytest.fixture
def compare_with_peer(
    benchmark: BenchmarkFixture, pytestconfig: pytest.Config, device: torch.device
) -> CompareWithPeer:
    return CompareWithPeer(device, benchmark, profile_of(pytestconfig).limits, pytestconfig.stash[SESSION].journal)
