"""The rounds of a comparison of two commits: balanced orders, and the worker of this version."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import ROOT
from warm_python import outside_xdist

from benchmarks.commits.rounds import orders
from benchmarks.commits.side import Side


@given(test=st.text(), number=st.integers(1, 1000), slow=st.booleans())
def test_each_side_is_at_each_position_equally_often(test: str, number: int, slow: bool) -> None:
    bursts = orders(test, number, slow=slow)
    assert len(bursts) == (3 if slow else 6)
    assert {*Counter(itertools.chain.from_iterable(map(enumerate, bursts))).values()} == {len(bursts) // 3}
    assert orders(test, number, slow=slow) == bursts


@pytest.mark.slow
def test_the_worker_of_this_version_times_as_many_calls_as_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ.keys() - outside_xdist().keys():
        monkeypatch.delenv(name)
    options = ("--retrograde-profile", "smoke", "--retrograde-device", "cpu", "-k", "levenshtein or evaluation")
    with Side("a", ROOT, options, tmp_path / "log") as side:
        tests = side.tests()
        assert [test.rpartition("-")[2] for test in tests] == ["evaluation]", "levenshtein]"]
        side.run(tests[1:])
        ready = side.receive()
        assert ready["ready"]["suite"] == "metric"
        assert ready["seconds"] > 0
        assert side.seconds(1) > 0
        assert side.seconds(50) > 0
        side.send({"calls": 0})
        assert side.receive() == {"test": tests[1], "outcome": "passed", "reason": ""}
        assert side.process.wait() == 0
    assert "1 passed" in (tmp_path / "log").read_text()
