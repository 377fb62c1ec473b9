"""The answer on the engine's overhead follows from the rounds and their interval."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from synthetic_overhead import rounds, write_overhead
from synthetic_rows import part, write_study

from results.__main__ import main
from results.analysis.formatting import SMOKE_CAUTION
from results.page.elements import Answer
from results.report.build import build
from results.report.folder import read_folder
from results.report.overhead import overhead_answer
from results.tables.csv_io import read_table, write_table
from results.tables.provenance import read


def answer(folder: Path, rows: list[dict[str, Any]], profile: str = "quick") -> Answer:
    write_table(folder, "overhead", rows)
    return overhead_answer(read_table(folder, "overhead"), [part(profile)])


@pytest.mark.parametrize(
    ("ratios", "word", "expected"),
    [
        ([1.01, 1.02, 1.03, 1.02, 1.01, 1.04], "Yes", "2.0% (1.0% to 4.0%) on SQLite"),
        ([1.01, 1.02, 1.03, 1.02, 1.01, 1.06], "Not shown", "2.0% (1.0% to 6.0%) on SQLite"),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.05], "Not shown", "0.0% (0.0% to 5.0%) on SQLite"),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0497], "Not shown", "0.0% (0.0% to 5.0%) on SQLite"),
        ([0.9999, 0.98, 0.9999, 0.9999, 0.9999, 1.049], "Yes", "0.0% (-2.0% to 4.9%) on SQLite"),
        ([1.3] * 6, "No", "30.0% (30.0% to 30.0%) on SQLite"),
        ([1.01] * 5, "Not shown", "1.0% on SQLite, 5 rounds of 6 needed"),
        ([1.01], "Not shown", "1.0% on SQLite, 1 round of 6 needed"),
    ],
)
def test_yes_or_no_needs_an_interval_entirely_on_one_side_of_5_percent(tmp_path, ratios, word, expected):
    assert answer(tmp_path, rounds(ratios)).headline == (
        f"{word}. The engine adds {expected} to the time of training; study attention, arm none, profile quick."
    )


def test_rounds_are_compared_with_themselves_and_storages_are_kept_apart(tmp_path):
    """The ratio of the two medians would call the engine faster."""
    rows = rounds([1.02, 1.02, 1.02, 1.02, 1.02, 0.01]) + rounds([1.5] * 6, "postgresql")
    assert answer(tmp_path, rows).headline == (
        "Yes on SQLite and no on PostgreSQL. The engine adds 2.0% (-99.0% to 2.0%) on SQLite and 50.0% (50.0% to "
        "50.0%) on PostgreSQL to the time of training; study attention, arm none, profile quick."
    )


def test_each_arm_has_a_sentence(tmp_path):
    rows = rounds([1.02] * 6)
    slow = [{**row, "arm": "dot"} for row in rounds([1.3] * 6)]
    found = answer(tmp_path, rows + slow)
    assert found.word == "Depends"
    assert [one.split("; ")[1] for one in found.text.split(" The engine")] == [
        "study attention, arm none, profile quick.",
        "study attention, arm dot, profile quick.",
    ]


def test_a_smoke_run_gives_no_verdict(tmp_path):
    found = answer(tmp_path, rounds([1.02] * 6), "smoke")
    assert (found.headline, found.cautions) == ("No verdict.", [SMOKE_CAUTION])


def test_the_load_of_either_measurement_is_a_caution(tmp_path):
    write_overhead(tmp_path, rounds([1.02] * 6) + rounds([1.02] * 6, "postgresql"))
    parts = read(tmp_path)
    parts["overhead_postgresql"]["noise"] = {
        "seconds": 60.0, "other_cores": 0.4, "load_average": 1.4, "control_spread": None
    }  # fmt: skip
    (tmp_path / "provenance.json").write_text(json.dumps({"parts": parts}))
    (caution,) = read_folder(tmp_path).answers["overhead"].cautions
    assert caution.startswith("Busy machine: other processes used 0.40 cores on average")


def test_a_folder_with_overhead_only_has_a_report(tmp_path):
    write_overhead(tmp_path, rounds([1.02] * 7) + rounds([1.04] * 6, "postgresql"))
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    question = "Does the studies' engine cost less than 5% of the training time?"
    assert text.startswith(f"# Retrograde report\n\n## {question}\n\n**Yes.** The engine adds 2.0% (2.0% to ")
    assert text.count("and 4.0% (4.0% to 4.0%) on PostgreSQL to the time of training;") == 1
    assert "| attention | none | quick | sqlite | 14 | 7 | 40.0 | 40.8 | ×1.020 (1.020 to 1.020) |" in text
    assert "| attention | none | quick | postgresql | 14 | 6 | 35.0 | 36.4 | ×1.040 (1.040 to 1.040) |" in text
    assert "Study" not in text
    assert re.findall(r"^<summary>(overhead\w*):", text, re.MULTILINE) == ["overhead_sqlite", "overhead_postgresql"]
    assert "and 4.0% (4.0% to 4.0%) on PostgreSQL to the time of training;" in (tmp_path / "report.html").read_text()


def test_the_overhead_follows_the_study_in_a_report_of_both(tmp_path):
    write_study(tmp_path, levels=(7,), seeds=1)
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        (tmp_path / f"{table}.csv").unlink()
    write_overhead(tmp_path, rounds([1.02] * 7))
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert text.index("## Study") < text.index("## Overhead of the engine") < text.index("## Provenance")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sqlite,3,3,", "sqlite,3,2,", r"line 4: a second row for the same study, arm, profile, storage, round as"),
        ("sqlite,3,3,", "mysql,3,3,", r"line 4: storage is 'mysql'; expected one of sqlite, postgresql"),
        (",30.0,", ",,", r"line 4: bare_seconds is ''; expected a finite number"),
        (",30.0,", ",-30.0,", r"overhead\.csv: a time of zero or less; expected the seconds that a run took"),
        ("storage,seed", "storage,mood,seed", r"line 2: 10 cells; expected 11"),
        (
            "sqlite,3,3,",
            "postgresql,3,3,",
            r"parts\.overhead_postgresql is missing; expected the command",
        ),
    ],
)
def test_inconsistent_rows_are_refused_in_one_line(tmp_path, capsys, old, new, message):
    write_overhead(tmp_path, rounds([1.02] * 6))
    path = tmp_path / "overhead.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert main(["report", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


@pytest.mark.parametrize(
    ("left", "message"),
    [(1, "1 round on sqlite; expected 7"), (7, "0 rounds on postgresql; expected 6"), (12, "5 rounds on postgresql")],
)
def test_missing_rounds_are_refused(tmp_path, capsys, left, message):
    write_overhead(tmp_path, rounds([1.02] * 7) + rounds([1.04] * 6, "postgresql"))
    path = tmp_path / "overhead.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: 1 + left]))
    assert main(["report", str(tmp_path)]) == 2
    assert f"overhead.csv: {message}" in capsys.readouterr().err
