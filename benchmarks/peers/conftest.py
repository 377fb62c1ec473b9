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
collect_ignore_glob = ["bench_*.py", "test_*.py"] if MISSING else []


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
    return CompareWithPeer(
        device, benchmark, profile_of(pytestconfig).peers.limits, pytestconfig.stash[SESSION].journal
    )
