"""The index lists every report with its question, verdict, day and command, and says that it is generated."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from planted_changes import edit_part
from synthetic_overhead import rounds, write_overhead
from synthetic_peers import row as peers_row
from synthetic_peers import write_peers
from synthetic_rows import record, write_study
from synthetic_timing import row, write_speed

from results.__main__ import main
from results.tables.csv_io import write_table

EXAMPLE = {
    "run_id": "r", "model": "dot", "example": "ab", "target_position": 1, "predicted": "b", "source_position": 1,
    "source": "a", "weight": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of every kind, one of them with two questions, one with none, and something that is no folder of rows."""
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


def cells(place: Path) -> list[list[str]]:
    """The table's rows, without its header."""
    lines = [line for line in (place / "README.md").read_text().splitlines() if line.startswith("|")]
    return [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in lines[2:]]


def test_its_first_lines_say_that_it_is_generated_and_by_what(indexed):
    title, empty, generated, *_ = (indexed / "README.md").read_text().splitlines()
    assert (title, empty) == ("# Reports", "")
    command = "`python -m results index DIR`, where DIR is this folder"
    assert generated == f"Generated from the rows in the folders below by {command}; do not edit it."
    assert str(indexed) not in (indexed / "README.md").read_text()


def test_every_question_has_a_line_in_the_order_of_the_folders(indexed):
    found = cells(indexed)
    assert [line[0] for line in found] == [
        "[both](both/report.md)",
        "[both](both/report.md)",
        "[chosen](chosen/report.md)",
        "[peers](peers/report.md)",
        "[the engine](the%20engine/report.md)",
    ]
    assert [line[3] for line in found][:2] == ["2026-03-01", "2026-03-02"]
    assert found[0][1] == r"Is a\|b \*better\*?"
    assert found[0][2].startswith("At max_length = 7, general reaches 99% in ×0.5")
    assert found[0][4] == "nox -s studies"
    assert found[1][2].startswith("general is slower than none in 1 of 1 case, ")
    assert found[1][4] == "nox -s benchmarks"
    assert found[2][1:3] == ["-", "-"]
    assert found[2][4] == "python -m studies align 'dot model.pt'"
    assert found[3][2] == "-"  # nothing was aimed at


def test_an_answer_of_two_parts_has_the_later_day_and_a_command_once(indexed):
    (line,) = [line for line in cells(indexed) if "engine" in line[0]]
    assert line[1] == "What does the studies' engine cost beside the bare training?"
    assert line[2].startswith(
        "The engine adds to the time of training 2.0% (2.0% to 2.0%) on SQLite (under 5%) and 20.0% "
    )
    assert line[3:] == ["2026-01-01", "python -m studies overhead attention"]


def test_the_verdict_is_the_first_of_the_report(indexed):
    main(["report", str(indexed / "the engine")])
    main(["report", str(indexed / "both")])
    for name in ("the engine", "both"):
        report = (indexed / name / "report.md").read_text()
        for line in cells(indexed):
            if line[0].startswith(f"[{name}]"):
                assert f"## {line[1]}\n\n**{line[2]}**\n" in report


def test_it_is_the_same_to_the_byte_when_it_is_made_again(indexed, capsys):
    before = (indexed / "README.md").read_bytes()
    assert main(["index", str(indexed)]) == 0
    assert capsys.readouterr().out == f"{indexed / 'README.md'}\n"
    assert (indexed / "README.md").read_bytes() == before


def test_a_folder_that_is_no_place_for_an_index_is_one_line_and_exit_status_2(tmp_path, capsys):
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
    assert not (tmp_path / "README.md").exists()


def test_a_folder_of_rows_without_their_provenance_is_not_passed_over(tmp_path, capsys):
    write_peers(tmp_path / "known", [peers_row()])
    write_peers(tmp_path / "unknown", [peers_row()])
    (tmp_path / "unknown" / "provenance.json").unlink()
    assert main(["index", str(tmp_path)]) == 2
    assert "unknown: provenance.json: parts.peers is missing" in capsys.readouterr().err


def test_a_part_that_is_missing_is_said_with_its_folder(tmp_path, capsys):
    write_peers(tmp_path / "peers", [peers_row()])
    provenance = tmp_path / "peers" / "provenance.json"
    provenance.write_text(json.dumps({"parts": {}}))
    assert main(["index", str(tmp_path)]) == 2
    assert re.search(
        r"peers: provenance\.json: parts\.peers is missing; expected the command that wrote", capsys.readouterr().err
    )
