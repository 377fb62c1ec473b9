"""A command ends with its answer, in lines that fit the terminal and never break inside a number."""

import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.page.elements import Answer, Table
from results.page.text import MOST_ROWS, answer_lines
from results.report.ending import report_lines

TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Cc"]), max_size=60)
NUMBER = "\u00d70.621 (0.571 to 0.679)"


def answer(header: list[str], rows: list[list[str]], **changes: object) -> Answer:
    table = Table(title="Arms", note="", header=header, rows=rows, source="runs.csv")
    given = {"question": "Does it?", "word": "Yes", "text": "It does.", "table": table, "points": ["More."]}
    return Answer(**{**given, **changes})


@pytest.fixture
def at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("at_80_columns")
def test_cautions_come_first_then_question_answer_and_an_aligned_table() -> None:
    found = answer_lines(answer(["arm", "ratio"], [["none", "-"], ["additive", NUMBER]], cautions=["Smoke run."]))
    assert found == [
        "Smoke run.",
        "Does it?",
        "Yes. It does.",
        "",
        "  arm       ratio",
        "  none      -",
        f"  additive  {NUMBER}",
    ]


@pytest.mark.usefixtures("at_80_columns")
def test_an_answer_without_text_prints_its_question_only() -> None:
    assert answer_lines(answer([], [], table=None, word="", text="")) == ["Does it?"]


@pytest.mark.usefixtures("at_80_columns")
def test_rows_beyond_the_fifth_and_columns_beyond_the_terminal_are_counted() -> None:
    rows = [[f"arm {number}", *[NUMBER] * 4] for number in range(7)]
    found = answer_lines(answer(["arm", "a", "b", "c", "d"], rows))
    assert found[-1] == "  2 more rows and 2 more columns in the report"
    assert sum(line.startswith("  arm ") for line in found) == 1 + MOST_ROWS
    assert sum(line.count(NUMBER) for line in found) == 2 * MOST_ROWS


@pytest.mark.usefixtures("at_80_columns")
def test_long_names_are_wrapped_and_keep_what_distinguishes_them() -> None:
    name = "attention before the cell, not after it, {} input feeding, at a length of 16"
    rows = [[name.format(word), "no difference shown", NUMBER] for word in ("with", "without")]
    text = " ".join(
        " ".join(line[:40] for line in answer_lines(answer(["compared", "verdict", "steps"], rows))).split()
    )
    for word in ("with", "without"):
        assert f" {word} input feeding, " in text
    assert NUMBER in answer_lines(answer(["compared", "verdict", "steps"], rows))[4]


@given(
    table=st.integers(1, 6).flatmap(
        lambda columns: st.lists(st.lists(TEXTS, min_size=columns, max_size=columns), min_size=1, max_size=8)
    ),
    sentence=TEXTS,
    columns=st.integers(20, 200),
)
def test_no_line_is_wider_than_the_terminal(table: list[list[str]], sentence: str, columns: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        lines = answer_lines(answer(table[0], table[1:], text=sentence))
    assert all(len(line) < columns for line in lines)
    assert not [line for line in lines if re.search(r"[\n\r\x1b]", line)]


@pytest.mark.usefixtures("at_80_columns")
def test_a_report_of_a_study_and_benchmarks_ends_with_both_answers_or_the_selected_one(small_folder, tmp_path) -> None:
    folder = tmp_path / "rows"
    shutil.copytree(small_folder, folder)
    paths = ["", f"report: {folder / 'report.html'}", f"report: {folder / 'speed.html'}"]
    every, study = report_lines(folder), report_lines(folder, {"runs"})
    assert every[-3:] == study[-3:] == paths
    assert len([line for line in every if line.endswith("?")]) == 2
    assert len([line for line in study if line.endswith("?")]) == 1
    assert study[:-3] == every[: len(study) - 3]
