"""The index lists every report with its question, answer, day and command, as Markdown and as a page with figures."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest
from edited_folders import edit_part
from synthetic_overhead import rounds, write_overhead
from synthetic_peers import row as peers_row
from synthetic_peers import write_peers
from synthetic_rows import record, write_study
from synthetic_timing import row, write_speed

from results.__main__ import main
from results.report.folder import read_folder
from results.tables.csv_io import write_table

EXAMPLE = {
    "run_id": "r", "model": "dot", "example": "ab", "target_position": 1, "predicted": "b", "source_position": 1,
    "source": "a", "weight": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of each kind of rows, one with two questions, one with none, and a folder without rows."""
    place = tmp_path_factory.mktemp("reports")
    write_study(place / "both", levels=(7,))
    edit_part(place / "both", "study", finished="2026-03-01T23:00:00Z", settings__question="Is a|b *better*?")
    write_speed(place / "both", [row("greedy", "", name, "none", 1.4, 10) for name in ("none", "general")])
    edit_part(place / "both", "benchmarks", finished="2026-03-02T01:00:00Z")
    write_overhead(place / "the engine", rounds([1.02] * 7) + rounds([1.2] * 6, "postgresql"))
    edit_part(place / "the engine", "overhead_sqlite", finished="2026-01-01T00:00:00Z")
    edit_part(place / "the engine", "overhead_postgresql", finished="2025-12-31T00:00:00Z")
    write_peers(place / "peers", [peers_row()])
    (place / "chosen").mkdir()
    write_table(place / "chosen", "examples", [EXAMPLE])
    record(place / "chosen", "examples", ["python", "-m", "studies", "align", "dot model.pt"], {})
    (place / "notes").mkdir()
    (place / "notes" / "report.md").write_text("")
    assert main(["index", str(place)]) == 0
    return place


class Entry(NamedTuple):
    question: str
    link: str
    answer: str
    place: str
    commands: str


def entries(directory: Path) -> list[Entry]:
    """The entries of README.md."""
    _, *parts = re.split(r"^## ", (directory / "README.md").read_text(), flags=re.MULTILINE)
    return [entry(part) for part in parts]


def entry(text: str) -> Entry:
    head, *answer, place, _, commands, end = text.strip().split("\n\n")
    question, link = re.fullmatch(r"\[(.+)\]\((.+?)\)", head).groups()
    assert end == "</details>"
    return Entry(question, link, "\n\n".join(answer), place, commands.removeprefix("```sh\n").removesuffix("\n```"))


def test_the_first_lines_of_the_index_give_the_command_that_wrote_it(indexed):
    title, empty, generated, *_ = (indexed / "README.md").read_text().splitlines()
    assert (title, empty) == ("# Reports", "")
    command = "`python -m results index DIR`, where DIR is this folder"
    assert (
        generated == f"Generated from the rows in the folders below by {command}. Edits to this file are overwritten."
    )
    for name in ("README.md", "index.html"):
        assert str(indexed) not in (indexed / name).read_text()


def test_the_index_has_an_entry_for_each_question_in_the_order_of_the_folders(indexed):
    found = entries(indexed)
    assert [one.link for one in found] == [
        "both/report.md", "both/speed.md", "chosen/report.md", "peers/report.md", "the%20engine/report.md",
    ]  # fmt: skip
    both, speed, chosen, _, engine = found
    assert [both.place, speed.place] == ["both, 2026-03-01", "both, 2026-03-02"]
    assert both.question == r"Is a\|b \*better\*? (max_length=7)"
    assert (both.commands, speed.commands) == ("nox -s studies", "nox -s benchmarks")
    assert (chosen.question, chosen.answer) == ("chosen", "")  # rows that answer nothing
    assert chosen.commands == "python -m studies align 'dot model.pt'"
    # An answer from two parts of the provenance has the later day, and a command once.
    assert engine.place == "the engine, 2026-01-01"
    assert engine.commands == "python -m studies overhead attention"


def test_the_answers_of_the_index_are_those_of_the_reports(indexed, tmp_path):
    indexed = shutil.copytree(indexed, tmp_path / "indexed")
    folders = ("the engine", "both", "peers")
    for folder in folders:
        assert main(["report", str(indexed / folder)]) == 0
    checked = [one for one in entries(indexed) if one.place.split(",")[0] in folders]
    assert len(checked) == 4
    for one in checked:
        report = (indexed / unquote(one.link)).read_text()
        assert f"## {one.question}\n\n{one.answer}\n" in report if one.answer else f"## {one.question}\n" in report


def test_a_study_whose_arms_were_timed_is_repeated_in_the_folder_that_the_timing_names(tmp_path):
    study = tmp_path / "lengths"
    write_study(study, levels=(7,))
    write_speed(study, [row("greedy", "", name, "none", 1.4, 10) for name in ("none", "general")])
    edit_part(study, "study", command=["retrograde", "run", "lengths"])
    edit_part(study, "benchmarks", command=["retrograde", "bench", "--of", "lengths"])
    assert main(["index", str(tmp_path)]) == 0
    commands = {line for one in entries(tmp_path) for line in one.commands.splitlines()}
    assert commands == {"retrograde run lengths --out lengths", "retrograde bench --of lengths"}


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a":
            self.found.append(given["href"])
        if tag == "img":
            assert given["alt"]
            self.images.append(given["src"])


def test_the_html_index_has_the_same_entries_with_the_figures_that_exist(indexed, tmp_path):
    shutil.copytree(indexed, tmp_path, dirs_exist_ok=True)
    drawn = [
        f"both/figures/{answer.figure.name}.svg"
        for answer in read_folder(tmp_path / "both").answers.values()
        if answer.figure
    ]
    for built in (False, True):
        shutil.rmtree(tmp_path / "both/figures", ignore_errors=True)
        if built:
            assert main(["report", str(tmp_path / "both")]) == 0
        assert main(["index", str(tmp_path)]) == 0
        text = (tmp_path / "index.html").read_text()
        page = Links()
        page.feed(text)
        assert page.images == drawn * built
        assert all((tmp_path / image).is_file() for image in page.images)
        assert [*dict.fromkeys(page.found)] == [one.link.replace(".md", ".html") for one in entries(tmp_path)]
        assert "<script" not in text
        assert "Is a|b *better*?" in text


def test_the_index_is_identical_when_it_is_written_again(indexed, capsys):
    names = ("README.md", "index.html")
    before = [(indexed / name).read_bytes() for name in names]
    assert main(["index", str(indexed)]) == 0
    assert capsys.readouterr().out.splitlines() == [str(indexed / name) for name in names]
    assert [(indexed / name).read_bytes() for name in names] == before


def test_an_invalid_folder_is_refused_in_one_line_with_exit_status_2(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    write_overhead(tmp_path / "bad", rounds([1.02] * 6))
    (tmp_path / "bad" / "overhead.csv").write_text("study")
    for place, message in (
        (tmp_path / "nowhere", "no such folder"),
        (tmp_path / "empty", r"no folder with a table or a provenance\.json in it"),
        (tmp_path, r"bad/overhead\.csv, line 1: torn"),
    ):
        assert main(["index", str(place)]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert re.search(message, err)
    assert not {"README.md", "index.html"} & {path.name for path in tmp_path.iterdir()}


def test_a_folder_of_rows_without_provenance_is_refused(tmp_path, capsys):
    write_peers(tmp_path / "known", [peers_row()])
    write_peers(tmp_path / "unknown", [peers_row()])
    (tmp_path / "unknown" / "provenance.json").unlink()
    assert main(["index", str(tmp_path)]) == 2
    assert "unknown: provenance.json: parts.peers is missing" in capsys.readouterr().err


def test_a_missing_part_is_reported_with_its_folder(tmp_path, capsys):
    write_peers(tmp_path / "peers", [peers_row()])
    provenance = tmp_path / "peers" / "provenance.json"
    provenance.write_text(json.dumps({"parts": {}}))
    assert main(["index", str(tmp_path)]) == 2
    assert re.search(
        r"peers: provenance\.json: parts\.peers is missing; expected the command that wrote", capsys.readouterr().err
    )
