"""A truncated table is refused in one line that names what is missing, and never read as a smaller study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from edited_folders import copied, edit, edit_part
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_peers import row as peers_row
from synthetic_peers import write_peers
from synthetic_rows import record, write_study
from synthetic_timing import row, write_speed

from results.__main__ import main
from results.errors import InputError
from results.report.build import build
from results.report.folder import read_folder
from results.tables.csv_io import read_tables, write_table
from results.tables.study_schema import LONGEST_RECORDED, TABLES

CUT = ("runs", "convergence", "by_length", "mean_alignments", "throughput", "rounds", "peers")
"""The tables of which no line can be lost at the end, wherever it was cut."""
WORKS = ("a", "b", "c")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of four arms, three candidates and three peers with their rounds."""
    folder = tmp_path_factory.mktemp("complete") / "complete"
    write_study(folder, levels=(6,), seeds=2)
    write_speed(folder, [row("greedy", name, "general", "none", 1.4, 10, rounds=3) for name in WORKS])
    write_peers(folder, [peers_row(case=name, rounds=3) for name in WORKS])
    cases = [("greedy", f"cpu {name} source 10", "general") for name in WORKS]
    cases += [
        ("peers", f"training, {name}, padded_exact, joeynmt, cpu, 1, 64, 32, eager", "padded_exact beside joeynmt")
        for name in WORKS
    ]
    write_table(folder, "rounds", [timed(*case, number) for case in cases for number in (1, 2, 3)])
    return folder


def timed(suite: str, case: str, candidate: str, number: int) -> dict[str, Any]:
    return {
        "suite": suite, "case": case, "candidate": candidate, "round": number, "order": "baseline_first",
        "candidate_seconds": 1.0, "baseline_seconds": 2.0,
    }  # fmt: skip


@settings(max_examples=50)
@given(table=st.sampled_from(CUT), share=st.floats(0.001, 1.0))
def test_a_table_that_ends_after_any_earlier_line_is_refused(tmp_path_factory, complete, table, share):
    folder = copied(complete, tmp_path_factory.mktemp("cut") / "cut")
    lines = (folder / f"{table}.csv").read_text().splitlines(keepends=True)
    left = len(lines) - max(1, round(share * (len(lines) - 1)))
    (folder / f"{table}.csv").write_text("".join(lines[:left]))
    if (table, left) in (("rounds", 1), ("rounds", 10)):  # as if a later session of peers had replaced it, or none
        assert set(read_folder(folder).tables) | {"rounds"} == set(read_folder(complete).tables)
        return
    with pytest.raises(InputError, match=r"(convergence|by_length|alignments|mean_alignments|rounds)\.csv: "):
        read_folder(folder)


@pytest.mark.parametrize(
    ("table", "lost", "message"),
    [
        (
            "convergence",
            1,
            r"convergence\.csv: 13 rows of run additive-6-1 up to step 650; expected one for each epoch up to step 700",
        ),
        ("convergence", 14, r"convergence\.csv: no row of run additive-6-1; expected rows of every run that is done"),
        ("runs", 1, r"run additive-6-1 is not in runs\.csv; expected the tables of one study"),
        ("by_length", 1, r"by_length\.csv: 100 sequences of run additive-6-1; expected 200"),
        ("mean_alignments", 1, r"mean_alignments\.csv: 41 rows of run additive-6-1; expected 42"),
        (
            "alignments",
            168,
            r" alignments\.csv: no row of run additive-6-0; expected rows of the first run of every arm",
        ),
        (
            "throughput",
            1,
            r"rounds\.csv: rounds of greedy, cpu c source 10, general; expected a row of throughput\.csv",
        ),
        ("peers", 1, r"rounds\.csv: rounds of peers, training, c, .*; expected a row of peers\.csv for them"),
        ("rounds", 1, r"rounds\.csv: 2 rounds of peers, training, c, .*; expected 3, as peers\.csv says"),
        (
            "rounds",
            10,
            r"rounds\.csv: 2 rounds of greedy, cpu c source 10, general; expected 3, as throughput\.csv says",
        ),
    ],
)
def test_the_command_names_the_missing_rows(complete, tmp_path, capsys, table, lost, message):
    folder = copied(complete, tmp_path / "cut")
    edit(folder, table, lambda rows: rows[:-lost])
    assert main(["report", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


def test_runs_with_sources_too_long_to_record_need_no_weights_and_the_report_names_them(tmp_path):
    folder = tmp_path / "long"
    write_study(folder, levels=(6, LONGEST_RECORDED + 1), seeds=1)
    for table in ("alignments", "mean_alignments"):
        edit(folder, table, lambda rows: [row for row in rows if row["max_length"] == "6"])
    text = build(folder).with_suffix(".md").read_text()
    assert "recorded for sources of up to 100 letters. The runs with longer ones (3) are not in the figures" in text
    edit(folder, "mean_alignments", lambda rows: [row for row in rows if row["arm"] != "dot"])
    with pytest.raises(InputError, match=r" mean_alignments\.csv: no row of run dot-6-0"):
        read_folder(folder)


def test_a_test_set_whose_lengths_are_drawn_may_have_any_number_of_the_longest(tmp_path):
    """Of 80 to 160 letters, each run has another number of strings of up to 100 letters."""
    folder = tmp_path / "drawn"
    write_study(folder, seeds=2)

    def drawn(rows, total):
        last = {row["run_id"]: row for row in rows}
        split = {"0": {90: 3, 110: total - 3}, "1": {90: 4, 110: 6}}
        added = ({**row, "length": length, "n": n} for row in last.values() for length, n in split[row["seed"]].items())
        return [*rows, *added]

    edit(folder, "by_length", lambda rows: drawn(rows, 10))
    assert "by_length" in read_folder(folder).tables
    edit(folder, "by_length", lambda rows: drawn([row for row in rows if int(row["length"]) < 90], 11))
    with pytest.raises(InputError, match=r"by_length\.csv: \d+ sequences of run .*; expected"):
        read_folder(folder)


def test_rounds_replaced_by_a_later_session_of_peers_are_not_required(complete, tmp_path):
    folder = copied(complete, tmp_path / "later")
    edit(folder, "rounds", lambda rows: [row for row in rows if row["suite"] == "peers"])
    assert len(read_tables(folder)["throughput"]) == 3


def test_a_row_of_memory_needs_no_rounds(complete, tmp_path):
    folder = copied(complete, tmp_path / "memory")
    edit(folder, "peers", lambda rows: [*rows, *({**row, "measure": "memory"} for row in rows)])
    assert len(read_tables(folder)["peers"]) == 6


def test_a_run_that_diverged_may_have_fewer_epochs(complete, tmp_path):
    folder = copied(complete, tmp_path / "diverged")
    nothing = dict.fromkeys(("levenshtein_accuracy", "exact_match", "anti_diagonal"), "")
    edit(folder, "runs", lambda rows: [*rows[:-1], {**rows[-1], "status": "diverged", **nothing}])
    edit(folder, "convergence", lambda rows: rows[:-5])
    assert len(read_tables(folder)["convergence"]) == 8 * 14 - 5


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text, _: text[:-2], "line 2: torn, without a line end"),
        (lambda text, _: re.sub("(?m)^(?=.)", ",", text).replace(",", "mood,", 1), "line 1: unknown column mood"),
        (lambda text, number: with_nan(text, number), "line 2: .* is 'nan'; expected a (finite )?number"),
        (lambda text, _: text.rpartition(",")[0] + "\n", r"line 2: \d+ cells; expected"),
    ],
    ids=["torn", "unknown column", "nan", "half a line"],
)
def test_a_damaged_table_is_one_line_and_exit_status_2(tmp_path, capsys, table, damage, message):
    """For every table."""
    columns = TABLES[table]
    plain = {"text": "x", "symbol": "x", "integer": 1, "number": 0.5, "positive": 0.5, "fraction": 0.5, "weight": 0.5}
    write_table(tmp_path, table, [{c.name: c.choices[0] if c.choices else plain[c.kind] for c in columns}])
    path = tmp_path / f"{table}.csv"
    number = next(position for position, column in enumerate(columns) if column.is_float)
    path.write_text(damage(path.read_text(), number))
    assert main(["report", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(rf"{table}\.csv, {message}", err)


def with_nan(text: str, number: int) -> str:
    header, row = text.splitlines()
    cells = row.split(",")
    cells[number] = "nan"
    return f"{header}\n{','.join(cells)}\n"


def test_a_check_with_fewer_cases_than_its_provenance_is_refused(tmp_path, capsys):
    rows = [
        {"planted": planted, "case": case, "rounds": 9, "ratio": planted, "ratio_low": 0.9, "ratio_high": 1.1}
        for case in (1, 2, 3)
        for planted in (1.0, 1.05)
    ]
    write_table(tmp_path, "checks", rows[:-2])
    record(tmp_path, "checks", ["python", "-m", "benchmarks", "check"], {})
    edit_part(tmp_path, "checks", profile="3 cases")
    assert main(["report", str(tmp_path)]) == 2
    assert "checks.csv: 2 cases of the ratio 1; expected 3 cases, as provenance.json" in capsys.readouterr().err
    write_table(tmp_path, "checks", rows)
    assert main(["report", str(tmp_path)]) == 0
