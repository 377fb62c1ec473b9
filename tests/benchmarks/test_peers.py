"""The suites of the comparison with other libraries, in a session that only collects."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from sessions import session


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def collected(root: Path) -> subprocess.CompletedProcess[str]:
    """The session, without `--out`."""
    return session("benchmarks/peers", "--collect-only", "--rootdir", str(root))


@pytest.mark.skipif(find_spec("joeynmt") is not None, reason="the peers are installed here")
def test_without_the_peers_their_suites_are_not_collected_and_the_header_says_why(
    collected: subprocess.CompletedProcess[str],
) -> None:
    assert (
        "benchmarks/peers: not collected, joeynmt and eole cannot be imported; nox -s peers installs them"
        in collected.stdout
    )
    assert "error" not in collected.stdout.lower()
    assert "no tests collected" in collected.stdout


@pytest.mark.usefixtures("collected")
def test_the_peers_have_another_default_folder_than_the_benchmarks(root: Path) -> None:
    """In one folder, rounds.csv would be replaced while throughput.csv stays."""
    assert [folder.name for folder in (root / "results/local").iterdir()] == ["peers"]
