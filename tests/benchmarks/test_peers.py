"""The suites beside peers: where there are none, left out with a word and no error; their folder is their own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from sessions import session


@pytest.mark.skipif(find_spec("joeynmt") is not None, reason="the peers are installed here")
def test_without_the_peers_their_suites_are_left_out_and_the_session_says_so(tmp_path: Path) -> None:
    done = session("benchmarks/peers", "--collect-only", "--out", str(tmp_path))
    assert (
        "benchmarks/peers: left out, for joeynmt and eole cannot be imported; nox -s peers brings them" in done.stdout
    )
    assert "error" not in done.stdout.lower()
    assert "no tests collected" in done.stdout


def test_their_folder_is_not_that_of_the_benchmarks(tmp_path: Path) -> None:
    """Else the rounds of the one would replace the rounds of the other, whose throughput.csv would stay."""
    session("benchmarks/peers", "--collect-only", "--rootdir", str(tmp_path))
    assert [folder.name for folder in (tmp_path / "results/local").iterdir()] == ["peers"]
