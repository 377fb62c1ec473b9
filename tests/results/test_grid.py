"""Columns of numbers are set to the right, and a line never ends inside a number."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis import formatting
from results.page.grid import MOST_COLUMNS, cell_html, column_classes
from results.statistics import Interval

INTERVALS = st.tuples(
    *[st.floats(-1e6, 1e6, allow_nan=False)] * 3
).map(lambda ends: Interval(sorted(ends)[1], min(ends), max(ends), 10))  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["12", "1,234", "-"], "n1"),
        (["0.5", "< 0.001", "12%", "1e-05"], "n1"),
        (["3 of 10", "not reached"], "n1"),
        (["\u00d70.62 (0.57 to 0.68)", "\u2265 435"], "n1"),
        (["-", ""], ""),
        (["2", "two"], ""),
        (["12 abcd"], ""),
        (["14% of matmul"], ""),
        (["a" * 41, "b"], "l1"),
        (["1 (at length 10, with padding)"], ""),
    ],
)
def test_a_column_is_of_numbers_if_every_cell_is_one_or_missing(cells: list[str], classes: str) -> None:
    assert column_classes(["a"], [[cell] for cell in cells]) == classes


@given(INTERVALS)
def test_any_text_of_a_number_with_an_interval_is_a_number(interval: Interval) -> None:
    for text in (formatting.fraction, formatting.difference, formatting.percent, formatting.ratio):
        assert column_classes(["a"], [[text(interval)]]) == "n1", text(interval)


def test_the_class_of_a_table_depends_on_its_number_of_columns() -> None:
    def classes(columns: int) -> str:
        return column_classes(["a"] * columns, [["x"] * columns])

    assert [classes(9), classes(10), classes(MOST_COLUMNS), classes(MOST_COLUMNS + 1)] == [
        "",
        "dense",
        "dense",
        "matrix",
    ]
    assert column_classes([], []) == column_classes(["a"], []) == ""


def test_a_line_ends_before_an_interval_and_after_an_underscore() -> None:
    assert cell_html("+0.341 (+0.330 to +0.352)") == "+0.341 (+0.330\xa0to\xa0+0.352)"
    assert cell_html("3 of 10") == "3\xa0of\xa010"
    assert cell_html("no difference (at most 3 seeds)") == "no difference (at most 3 seeds)"
    assert cell_html("padded_exact<b>") == "padded_<wbr>exact&lt;b&gt;"


@given(st.text())
def test_a_cell_keeps_its_text(cell: str) -> None:
    html = cell_html(cell)
    assert not re.search("<(?!wbr>)", html)
    assert unescape(html.replace("<wbr>", "")).replace("\xa0", " ") == cell.replace("\xa0", " ")
