"""The tables of a study are checked against each other and against the plan."""

from __future__ import annotations

import re

import pytest
from edited_folders import copied, edit, edit_part
from synthetic_rows import record, write_study

from results.__main__ import main
from results.report.build import build
from results.tables.csv_io import write_table

TABLES = ("runs", "convergence", "by_length", "alignments", "mean_alignments")


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """Two seeds of four arms at two levels."""
    folder = tmp_path_factory.mktemp("study") / "whole"
    write_study(folder, levels=(6, 7), seeds=2)
    return folder


def first(**changes):
    """Changes the first row."""
    return lambda rows: [{**rows[0], **changes}, *rows[1:]]


def again(**changes):
    """The first row a second time."""
    return lambda rows: [*rows, {**rows[0], "run_id": "again", "anti_diagonal": "", **changes}]


FAILED = {"status": "failed", "levenshtein_accuracy": "", "exact_match": ""}


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "runs",
            again(**FAILED),
            r"runs\.csv: run again is a second run of arm none, max_length 6, seed 0; expected one",
        ),
        (
            "runs",
            first(steps_to_99="701"),
            r"run none-6-0 is at 99% after 701 steps; expected no more than the 700 that",
        ),
        (
            "convergence",
            first(arm="dot"),
            r"convergence\.csv: arm dot in a row of run none-6-0; expected none, as in runs",
        ),
        ("by_length", first(seed="1"), r"by_length\.csv: seed 1 in a row of run none-6-0; expected 0, as in runs"),
        (
            "alignments",
            first(max_length="9"),
            r"alignments\.csv: max_length 9 in a row of run dot-6-0; expected 6, as in",
        ),
    ],
)
def test_contradictory_tables_are_refused_in_one_line_with_exit_status_2(
    complete, tmp_path, capsys, table, change, message
):
    folder = copied(complete, tmp_path / "x")
    edit(folder, table, change)
    assert main(["report", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)
    assert not (folder / "figures").exists()


KIND = {
    "scenario": "normal", "primary": "levenshtein_accuracy", "effect": 0.0, "seeds": 7, "draws": 20, "false_alarms": 1,
    "intervals_missed": 3, "found": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"validity\.csv: no row; expected some, as provenance\.json has validity"),
        ([KIND], r"validity\.csv: 1 row; expected 2, as provenance\.json says"),
        ([{**KIND, "false_alarms": 21}], r"validity\.csv: 21 false alarms and 3 intervals that miss in 20 studies of"),
        ([{**KIND, "draws": 0}], r"1 false alarm and 3 intervals that miss in 0 studies of normal; expected no more"),
    ],
)
def test_validity_tables_need_every_scenario_and_no_more_detections_than_studies(tmp_path, capsys, rows, message):
    write_table(tmp_path, "validity", rows)
    record(tmp_path, "validity", ["python", "-m", "results", "validity"], {"kinds": 2})
    assert main(["report", str(tmp_path)]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_tables_with_different_factors_are_refused(complete, tmp_path, capsys):
    folder = copied(complete, tmp_path / "x")
    path = folder / "convergence.csv"
    path.write_text(path.read_text().replace("max_length", "length", 1))
    assert main(["report", str(folder)]) == 2
    assert re.search(r"convergence\.csv: the factors length; expected max_length, as in runs", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"settings__seeds": [0]}, r"runs\.csv: seed 1 is not in provenance\.json; expected rows of one study"),
        ({"settings__factors": {"max_length": [6]}}, r"runs\.csv: max_length = 7 is not in provenance\.json; expected"),
        ({"settings__factors": {}}, r"runs\.csv: the factors max_length; expected none, as in provenance\.json"),
        ({"settings__seeds": 2}, r"parts\.study\.settings\.seeds is 2; expected the study that wrote runs\.csv"),
        ({"settings__question": None}, r"parts\.study\.settings\.question is None; expected the study that wrote"),
        ({"settings__baseline": "no"}, r"parts\.study\.settings\.baseline is 'no', which is no arm; expected"),
        (
            {"settings__decision": {"comparisons": "dot", "yes": "lower"}},
            r"settings\.decision\.comparisons is 'dot'; expected the",
        ),
        (
            {"settings__decision": {"comparisons": ["dot"], "yes": "fewer"}},
            r"settings\.decision\.yes is 'fewer', not lower, higher, different; expected the study that wrote",
        ),
        ({"settings__contrasts": [{"arm": "dot"}]}, r"parts\.study\.settings\.contrasts lacks against, says; expected"),
        ({"settings__seeds": [[0]]}, r"parts\.study\.settings\.seeds is \[0\]; expected the study that wrote"),
        ({"settings__tuning": 7}, r"parts\.study\.settings\.tuning is 7; expected the study that wrote"),
        (
            {"settings__switches": [{"says": "x", "pairs": [["dot"]]}]},
            r"settings\.switches\.pairs is \['dot'\]; expected",
        ),
        (
            {"settings__training": {}},
            r"parts\.study\.settings\.training lacks learning_rate; expected the study",
        ),
        (
            {"settings__settled_runs": 17},
            r"runs\.csv: 16 runs, with those of its tuning; expected 17, as provenance\.json",
        ),
        (
            {
                "settings__at_levels": [
                    {"levels": {}, "epochs": 1, "steps_per_epoch": 1, "stop_at": None, "longest_source": 6}
                ]
            },
            r"at_levels\[0\] lacks shortest_source and longest_source; expected",
        ),
        ({"machine": {}}, r"provenance\.json: not readable; expected"),
        ({"command": "python"}, r"provenance\.json: not readable; expected"),
    ],
)
def test_a_provenance_that_contradicts_the_rows_is_refused_in_one_line_with_exit_status_2(
    complete, tmp_path, capsys, facts, message
):
    folder = copied(complete, tmp_path / "x")
    edit_part(folder, "study", **facts)
    assert main(["report", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


@pytest.mark.parametrize("left", [("6",), ()])
def test_planned_levels_without_a_run_are_compared_and_reported_as_missing(complete, tmp_path, left):
    folder = copied(complete, tmp_path / "x")
    for table in TABLES:
        edit(folder, table, lambda rows: [row for row in rows if row["max_length"] in left])
    (folder / "examples.csv").write_text(
        "run_id,model,example,target_position,predicted,source_position,source,weight\nr,m,e,1,a,1,a,1.0\n"
    )
    text = build(folder).with_suffix(".md").read_text()
    done = 8 * len(left)
    assert f"Runs: 16 planned, {done} done, 0 diverged, 0 failed, {16 - done} missing." in text
    assert (
        "| general, max_length = 7 | not enough seeds against none (0 pairs of seeds, 8 needed) | 0 of 0 | - | - | - |"
        in text
    )
    assert "corrected for 6 comparisons" in text
    assert "| 7 | general | 0 | 0 | 0 | 2 | - | - | - |" in text


def test_the_metric_of_a_study_can_be_exact_match(complete, tmp_path):
    folder = copied(complete, tmp_path / "x")
    edit_part(folder, "study", settings__primary="exact_match")
    text = build(folder).with_suffix(".md").read_text()
    assert "**Not enough seeds.** 2 pairs of seeds, 8 needed." in text
    assert "| arm | verdict | reached 99% | median steps | exact match | seconds |" in text
    assert "The study's primary metric is exact match; " in text


def test_a_folder_in_place_of_a_file_is_refused_before_a_file_is_written(complete, tmp_path, capsys):
    folder = copied(complete, tmp_path / "x")
    (folder / "report.html").mkdir()
    assert main(["report", str(folder)]) == 2
    assert re.search(r"report\.html is a folder; expected a file of an earlier report", capsys.readouterr().err)
    assert not (folder / "report.md").exists()
    assert not list((folder / "figures").iterdir())
