"""Every text of a table is read back by `pandas.read_csv` without arguments as that text, or is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas._libs.parsers import STR_NA_VALUES

from results.errors import InputError
from results.tables.column import CellError, Column
from results.tables.csv_io import write_table
from results.tables.study_schema import TABLES, columns_of

PLAIN = {
    **dict.fromkeys(("text", "symbol", "level"), "x"),
    "integer": 1,
    **dict.fromkeys(("number", "positive", "fraction", "weight"), 0.5),
}
NUMBERS = st.text("0123456789+-.eEinfatyNAT_xX% '", min_size=1, max_size=8)
WORDS = st.sampled_from(sorted([*STR_NA_VALUES, "inf", "+Infinity", "True", "false", "'", "''", "'1", " 1", "NA "]))
TEXTS = st.one_of(WORDS, NUMBERS, st.integers().map(str), st.floats().map(str), st.text()).filter(bool)
"""A lone surrogate, NUL, newlines, quotes and commas among them; an empty cell is a missing value."""
FREE = [
    (table, column.name)
    for table in TABLES
    for column in columns_of(table, factors=["level"], searched=["searched"], extra_metrics=[])
    if column.kind in ("text", "symbol", "level") and not column.choices
]
"""Each column of each table that holds a text of any wording."""


def columns(table: str) -> list[Column]:
    """The columns of a study with a factor, and with a searched setting if the table has searched settings."""
    return columns_of(table, factors=["level"], searched=["searched"], extra_metrics=[])


def row(table: str) -> dict[str, Any]:
    return {column.name: column.choices[0] if column.choices else PLAIN[column.kind] for column in columns(table)}


@given(where=st.sampled_from(FREE), texts=st.lists(TEXTS, min_size=1, max_size=3))
@example(where=("runs", "run_id"), texts=["014351502031"])
@example(where=("runs", "run_id"), texts=["32078e899840", "a"])
@example(where=("runs", "arm"), texts=["NA", "dot"])
@example(where=("runs", "level"), texts=["1e 5"])
@example(where=("examples", "example"), texts=["nan", "inf", "abc"])
@example(where=("alignments", "predicted"), texts=["1", "2"])
@example(where=("runs", "reason"), texts=["an error\nof two lines"])
@example(where=("runs", "arm"), texts=["\ud800"])
@example(where=("runs", "arm"), texts=["a\x00b"])
@example(where=("alignments", "source"), texts=['"', ",", "'"])
def test_a_text_that_is_accepted_is_read_back_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, where: tuple[str, str], texts: list[str]
) -> None:
    """For symbols, with the apostrophe that is written before some of them; our reader removes it."""
    table, name = where
    folder = tmp_path_factory.mktemp("folder")
    rows = [{**row(table), name: text} for text in texts]
    try:
        write_table(folder, table, rows)
    except InputError as error:
        refused = str(error)
    else:
        refused = ""
    assert len(refused.splitlines()) == (0 if (folder / f"{table}.csv").exists() else 1)
    if refused:
        return
    found = pd.read_csv(folder / f"{table}.csv")[name]
    column = next(column for column in columns(table) if column.name == name)
    assert pd.api.types.is_string_dtype(found.dtype)
    assert [column.parse(text) for text in found] == texts
    if column.kind != "symbol":
        assert found.tolist() == texts


@given(text=TEXTS)
@example(text="nan")
@example(text="'nan")
@example(text="7")
def test_a_symbol_of_the_data_is_refused_only_if_it_is_not_on_one_line(text: str) -> None:
    column = Column("source", "symbol")
    try:
        found = column.parse(column.format(text))
    except CellError:
        found = None
    assert found == text or not text.isprintable()


@pytest.mark.parametrize("name", ["nan", "NA", "None", "-inf", "007", "1e5", " 1", "True"])
def test_a_name_that_pandas_does_not_read_as_a_text_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        InputError, match=r"runs\.csv, row 1: arm is '.*', which pandas does not read as a text; expected"
    ):
        write_table(tmp_path, "runs", [{**row("runs"), "arm": name}])


@pytest.mark.parametrize("name", ["none", "nano", "1st", "a b", "2026-11-25", "e5", "-", "1,5", 'say "a"'])
def test_a_name_that_pandas_reads_as_a_text_is_accepted(name: str) -> None:
    assert Column("arm", "text").format(name) == name


@pytest.mark.parametrize("name", ["", "a\nb", "\ud800", "nan"])
def test_a_column_name_of_a_study_is_on_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"runs\.csv: column is "):
        write_table(tmp_path, "runs", [{**row("runs"), name: 0.5}])


@given(number=st.floats())
@example(number=0.0)
@example(number=-1.0)
@example(number=5e-324)
def test_a_time_or_a_ratio_is_above_0_and_read_back_as_it_is(number: float) -> None:
    """Reports take its inverse and its logarithm."""
    column = Column("ratio", "positive")
    if math.isfinite(number) and number > 0:
        assert column.parse(column.format(number)) == number
    else:
        with pytest.raises(CellError, match=r"ratio is '.*'; expected a finite number above 0"):
            column.parse(column.format(number))


@pytest.mark.parametrize(("given_weight", "text"), [(0.12345678, "0.123457"), (1e-17, "0.0"), (1.0, "1.0")])
def test_a_weight_is_written_with_6_decimals(given_weight: float, text: str) -> None:
    assert Column("weight", "weight").format(given_weight) == text
