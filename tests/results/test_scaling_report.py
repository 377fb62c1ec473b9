"""The answer on growth follows from the slopes of costs beside those of the work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic_rows import part
from synthetic_scaling import SIZES, steps, studies, write_scaling

from results.__main__ import main
from results.analysis.timing.scaling import growths
from results.page.elements import Answer
from results.report.build import build
from results.report.scaling import REASONS, scaling_answer, scaling_section
from results.tables.csv_io import read_table, write_table


def answer(folder: Path, rows: list[dict[str, Any]], profile: str = "quick") -> Answer:
    return scaling_answer(table(folder, rows), [part(profile)])


def table(folder: Path, rows: list[dict[str, Any]]) -> pd.DataFrame:
    write_table(folder, "scaling", rows)
    return read_table(folder, "scaling")


def power(exponent: float) -> Any:
    return lambda size: 1e-3 * size**exponent


@pytest.mark.parametrize(
    ("exponent", "work", "word"),
    [(1.0, 1.5, "Yes"), (1.59, 1.5, "Yes"), (1.61, 1.5, "No"), (2.0, 1.0, "No"), (0.2, 1.0, "Yes")],
)
def test_a_slope_of_a_tenth_above_that_of_the_work_is_faster_growth(
    tmp_path: Path, exponent: float, work: float, word: str
) -> None:
    assert answer(tmp_path, steps(power(exponent), power(work))).word == word


def test_a_line_that_only_rises_at_its_end_grows_faster_than_its_work(tmp_path: Path) -> None:
    """Over all sizes the slope is below that of the work."""
    seconds = dict(zip(SIZES, (1.0, 1.0, 1.0, 4.0), strict=True))
    found = answer(tmp_path, steps(seconds.__getitem__, power(1.0)))
    assert found.headline.startswith(
        "No. The time of a training step (gru, general) grows as the source length to the power "
        "0.60 (0.60 to 0.60), between the two largest sizes to the power 2.00 (2.00 to 2.00); the work to the "
        "power 1.00 and 1.00."
    )


def test_a_last_slope_of_two_single_times_must_be_small_for_a_yes(tmp_path: Path) -> None:
    """It has no interval, and was left out: a curve that rises at its end was a yes."""
    for last, word in ((1.3, "Not shown"), (0.8, "Yes")):
        times = [1.0, 10**0.8, 10**1.6, 10 ** (1.6 + last)]
        assert answer(tmp_path, studies(times, sizes=(100, 1_000, 10_000, 100_000))).word == word
    assert answer(tmp_path, studies([1.0, 5.0], sizes=(100, 1_000))).word == "Not shown"


def test_an_interval_on_both_sides_is_not_shown(tmp_path: Path) -> None:
    rows = steps(power(1.0), power(1.0))
    for row in rows:  # the slopes of the rounds go from 0.5 to 1.5
        row["seconds"] *= row["size"] ** (0.2 * (row["round"] - 3.5))
    assert answer(tmp_path, rows).headline == "Not shown."


def test_five_rounds_have_the_interval_of_all_times_which_their_drift_makes_wide(tmp_path: Path) -> None:
    assert answer(tmp_path, steps(power(1.0), power(1.0), rounds=5)).headline == "Not shown."
    assert answer(tmp_path, steps(power(1.0), power(1.0), rounds=6)).headline == "Yes."


def test_the_word_counts_lines_and_the_steepest_are_named(tmp_path: Path) -> None:
    rows = [row for n in range(4) for row in steps(power(1.2 + n / 10), power(1.0), cell="lstm", score=f"s{n}")]
    found = answer(tmp_path, [*steps(power(1.0), power(1.0)), *rows])
    assert found.word == "Yes in 1 of 5 growth curves, no in 4"
    assert re.findall(r"lstm, (\w+)", found.text) == ["s3", "s2", "s1"]
    assert found.text.endswith(" Growth faster than that of the work is also shown in 1 other growth curve.")


def test_a_run_has_a_cost_at_the_smallest_and_the_largest_study(tmp_path: Path) -> None:
    found = answer(tmp_path, studies([6.0, 61.0, 605.0]))
    assert found.headline == "Yes. SQLite, 2 workers: 60.0 ms a run at 100 runs, 60.5 ms at 10,000."
    bare = answer(tmp_path, studies([1.0, 10.0, 100.0], storage=None, workers=None))
    assert bare.text == "Bare training: 10.0 ms a run at 100 runs, 10.0 ms at 10,000."
    found = answer(tmp_path, studies([6.0, 80.0, 1200.0], storage="postgresql", workers=16))
    assert found.word == "Not shown"  # three sizes and a curve: the interval of the slope is wide
    assert found.text == "PostgreSQL, 16 workers: 60.0 ms a run at 100 runs, 120 ms at 10,000."
    five = studies([6.0, 20.0, 70.0, 250.0, 900.0], sizes=(100, 300, 1000, 3000, 10_000))
    assert answer(tmp_path, five).word == "Not shown"
    steep = studies([6.0, 30.0, 150.0, 750.0, 3700.0], sizes=(100, 300, 1000, 3000, 10_000))
    assert answer(tmp_path, steep).word == "No"


def test_a_known_reason_is_given_for_a_line_that_grows_faster(tmp_path: Path) -> None:
    given = [
        scaling_section(table(tmp_path, steps(power(exponent), power(1.0), score=score)), verdicts=True).paragraphs[3:]
        for score, exponent in (("concat", 1.5), ("concat", 1.0), ("general", 1.5))
    ]
    assert given == [[REASONS["concat", "length"]], [], []]


def test_lines_are_kept_apart_and_one_size_is_no_line(tmp_path: Path) -> None:
    bare = studies([1.0, 10.0], sizes=(100, 1000), storage=None, workers=None)
    rows = [*studies([6.0, 60.0, 600.0]), *studies([4.0], sizes=(100,), workers=1), *bare]
    assert [(line.name, len(line.points)) for line in growths(table(tmp_path, rows))] == [
        ("SQLite, 2 workers", 3),
        ("bare training", 2),
    ]


def test_a_smoke_run_and_a_single_size_give_no_verdict(tmp_path: Path) -> None:
    assert answer(tmp_path, steps(power(1.0), power(1.0)), "smoke").headline == "No verdict."
    assert answer(tmp_path, studies([4.0], sizes=(100,))).headline == "No verdict."


def test_the_report_shows_slopes_and_costs_of_all_three_works(tmp_path: Path) -> None:
    reports = studies([1.0, 3.0, 9.0], storage=None, workers=None, work="report", axis="rows")
    write_scaling(tmp_path, [*steps(power(1.3), power(1.0)), *studies([6.0, 61.0, 605.0]), *reports])
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    question = "Does the cost grow at most as fast as the work?"
    assert text.startswith(f"# Retrograde report\n\n## {question}\n\n**Yes in 2 of 3")
    assert "| training step | source length (tokens) | 16 to 128 | 1 | 1.30 | 1.00 | 1 |" in text
    assert "| SQLite, 2 workers | runs | 1,000 | 61.0 | 1 |" in text
    assert text.index("figures/slopes.svg") < text.index("## How cost grows") < text.index("figures/growth_step.svg")
    assert "| report of a study | rows | 10,000 | 9.00 | 1 |" in text
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == {
        "slopes", "growth_step", "growth_study", "growth_report"
    }  # fmt: skip
    summaries = re.findall(r"^<summary>(scaling\w*):", text, re.MULTILINE)
    assert summaries == ["scaling_steps", "scaling_runs_sqlite"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("6.0", "0.0", r"line 2: seconds is '0\.0'; expected a finite number above 0"),
        ("study,runs,1000,", "study,runs,0,", r"scaling\.csv: a size of zero or less; expected positive numbers"),
        ("sqlite", "mysql", r"line 2: storage is 'mysql'; expected one of sqlite, postgresql or nothing"),
        ("sqlite", "postgresql", r"parts\.scaling_runs_postgresql is missing; expected the command"),
        ("study,runs,1000,", "study,runs,100,", r"line 3: a second row for the same work, axis"),
    ],
)
def test_rows_that_cannot_be_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    write_scaling(tmp_path, studies([6.0, 61.0, 605.0]))
    path = tmp_path / "scaling.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    assert main(["report", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)


def test_missing_rows_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scaling(tmp_path, [*steps(power(1.0), power(1.0)), *studies([6.0, 61.0, 605.0])])
    path = tmp_path / "scaling.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert main(["report", str(tmp_path)]) == 2
    assert "scaling.csv: 2 rows of scaling_runs_sqlite; expected 3, as provenance.json says" in capsys.readouterr().err
