"""The suites of the comparison with other libraries: without the libraries they are not collected."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from sessions import session


@pytest.mark.skipif(find_spec("joeynmt") is not None, reason="the peers are installed here")
def test_without_the_peers_their_suites_are_not_collected_and_the_header_says_why(tmp_path: Path) -> None:
    done = session("benchmarks/peers", "--collect-only", "--out", str(tmp_path))
    assert (
        "benchmarks/peers: not collected, joeynmt and eole cannot be imported; nox -s peers installs them"
        in done.stdout
    )
    assert "error" not in done.stdout.lower()
    assert "no tests collected" in done.stdout


def test_the_peers_have_another_default_folder_than_the_benchmarks(tmp_path: Path) -> None:
    """In one folder, rounds.csv would be replaced while throughput.csv stays."""
    session("benchmarks/peers", "--collect-only", "--rootdir", str(tmp_path))
    assert [folder.name for folder in (tmp_path / "results/local").iterdir()] == ["peers"]
