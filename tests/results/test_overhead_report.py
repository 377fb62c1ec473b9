"""What is said of the engine's overhead follows from the rounds; no more is claimed than the interval bears."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from synthetic_overhead import rounds, write_overhead
from synthetic_rows import write_study

from results.__main__ import main
from results.analysis.overhead import overhead_verdicts
from results.report.build import build
from results.tables.csv_io import read_table, write_table


def verdicts(folder: Path, rows: list[dict[str, Any]]) -> list[str]:
    write_table(folder, "overhead", rows)
    return overhead_verdicts(read_table(folder, "overhead"))


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ([1.01, 1.02, 1.03, 1.02, 1.01, 1.04], "2.0% (1.0% to 4.0%) on SQLite (under 5%)"),
        ([1.01, 1.02, 1.03, 1.02, 1.01, 1.06], "2.0% (1.0% to 6.0%) on SQLite (not shown to be under 5%)"),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.05], "0.0% (0.0% to 5.0%) on SQLite (not shown to be under 5%)"),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0497], "0.0% (0.0% to 5.0%) on SQLite (not shown to be under 5%)"),
        ([0.9999, 0.98, 0.9999, 0.9999, 0.9999, 1.049], "0.0% (-2.0% to 4.9%) on SQLite (under 5%)"),
        ([1.3] * 6, "30.0% (30.0% to 30.0%) on SQLite (not shown to be under 5%)"),
        ([1.01] * 5, "1.0% on SQLite (not shown to be under 5%: 5 rounds, 6 needed)"),
        ([1.01], "1.0% on SQLite (not shown to be under 5%: 1 round, 6 needed)"),
    ],
)
def test_under_5_percent_is_claimed_only_if_the_whole_interval_is(tmp_path, ratios, said):
    assert verdicts(tmp_path, rounds(ratios)) == [
        f"The engine adds to the time of training {said}; study attention, arm none, profile quick."
    ]


def test_rounds_are_compared_with_themselves_and_storages_are_kept_apart(tmp_path):
    """By the medians of the two sides the engine would be the faster one."""
    rows = rounds([1.02, 1.02, 1.02, 1.02, 1.02, 0.01]) + rounds([1.5] * 6, "postgresql")
    assert verdicts(tmp_path, rows) == [
        "The engine adds to the time of training 2.0% (-99.0% to 2.0%) on SQLite (under 5%) and 50.0% (50.0% to "
        "50.0%) on PostgreSQL (not shown to be under 5%); study attention, arm none, profile quick."
    ]


def test_runs_of_two_kinds_have_a_sentence_each(tmp_path):
    rows = rounds([1.02] * 6)
    said = verdicts(tmp_path, rows + [{**row, "arm": "dot"} for row in rows])
    assert [one.split("; ")[1] for one in said] == [
        "study attention, arm none, profile quick.",
        "study attention, arm dot, profile quick.",
    ]


def test_a_folder_with_overhead_alone_has_a_report(tmp_path):
    write_overhead(tmp_path, rounds([1.02] * 7) + rounds([1.04] * 6, "postgresql"))
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    question = "What does the studies' engine cost beside the bare training?"
    assert text.startswith(f"# Retrograde report\n\n## {question}\n\n**The engine adds to the time of training 2.0%")
    assert text.count("and 4.0% (4.0% to 4.0%) on PostgreSQL (under 5%);") == 1
    assert "| attention | none | quick | sqlite | 14 | 7 | 40.0 | 40.8 | ×1.020 (1.020 to 1.020) |" in text
    assert "| attention | none | quick | postgresql | 14 | 6 | 35.0 | 36.4 | ×1.040 (1.040 to 1.040) |" in text
    assert "Study" not in text
    assert re.findall(r"^### (overhead.*)$", text, re.MULTILINE) == ["overhead_sqlite", "overhead_postgresql"]
    assert "and 4.0% (4.0% to 4.0%) on PostgreSQL (under 5%);" in (tmp_path / "report.html").read_text()


def test_beside_a_study_it_comes_after_it(tmp_path):
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
def test_rows_that_cannot_be_stood_for_are_refused_in_a_line(tmp_path, capsys, old, new, message):
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
def test_rounds_that_were_lost_do_not_make_a_smaller_measurement(tmp_path, capsys, left, message):
    write_overhead(tmp_path, rounds([1.02] * 7) + rounds([1.04] * 6, "postgresql"))
    path = tmp_path / "overhead.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: 1 + left]))
    assert main(["report", str(tmp_path)]) == 2
    assert f"overhead.csv: {message}" in capsys.readouterr().err
