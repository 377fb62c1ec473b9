"""A long report shows how far it is and how long it still takes; a short one shows nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from synthetic_rows import write_study

from results.report.build import build
from results.terminal import progress


def test_a_short_loop_shows_no_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.progress([1, 2, 3], "counting")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_each_long_part_of_a_report_has_a_progress_bar_with_the_remaining_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_SILENT_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_LOG_SECONDS", 0.0)
    write_study(tmp_path, levels=(7,), seeds=3)
    build(tmp_path)
    out, err = capsys.readouterr()
    assert out == ""
    for part in ("comparing", "summarising arms", "levenshtein_accuracy by step", "drawing figures"):
        assert re.search(rf"{part}: +[1-9]\d*%.*\[\d\d:\d\d<\d\d:\d\d", err)
