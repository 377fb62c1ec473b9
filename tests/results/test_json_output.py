"""`report --json` and `compare --json` print what their texts say, as one JSON document."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main

REFERENCE = Path(__file__).parents[2] / "results/reference"


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(words)
    return status, capsys.readouterr().out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    for path in [*(REFERENCE / "validity").glob("*.csv*"), REFERENCE / "validity/provenance.json"]:
        shutil.copy(path, folder)
    return folder


def test_report_prints_its_answers_and_pages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = printed(["report", str(folder), "--json"], capsys)
    document: dict[str, Any] = json.loads(out)
    text = " ".join(printed(["report", str(folder)], capsys)[1].split())
    assert status == 0
    assert document["pages"] == [str(folder / "report.html")]
    [answer] = document["answers"]
    assert answer["from"] == "validity"
    assert f"{answer['question']} {answer['answer']}. {answer['text']}" in text
    assert answer["table"] is None


@pytest.mark.parametrize(("before", "worse"), [("validity", False), ("two_kinds", True)])
def test_compare_prints_its_changes(
    before: str, worse: bool, two_kinds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(two_kinds if worse else REFERENCE / before), str(REFERENCE / "validity")]
    status, out = printed([*words, "--json"], capsys)
    document = json.loads(out)
    text = printed(words, capsys)[1]
    assert (status, document["worse"]) == (int(worse), worse)
    assert [change["text"] in text for change in document["changes"]] == [True] * len(document["changes"])
    assert worse == ("worse" in {change["direction"] for change in document["changes"]})
    assert all(note in text for note in document["notes"])


def test_a_refusal_leaves_stdout_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path), "--json"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
