"""Numbers that are too many for a page are where the page says; parts with the same title have links of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from results.contents import anchored
from results.page import Picture, Section, Table
from results.rendering import render


def picture(rows: int, title: str = "Growth") -> Picture:
    return Picture(
        name="growth", title=title, caption="It grows.", alt="Chart.", source="rows.csv", figure=Figure((1, 1)),
        header=["a"], rows=[["cell"]] * rows,
    )  # fmt: skip


def table(title: str) -> Table:
    return Table(title=title, note="", header=["a"], rows=[["1"]], source="rows.csv")


@pytest.mark.parametrize(("rows", "markdown", "html"), [(200, 200, 200), (201, 0, 201), (2000, 0, 2000), (2001, 0, 0)])
def test_of_many_numbers_the_page_says_where_they_are(tmp_path: Path, rows: int, markdown: int, html: int) -> None:
    section = Section(title="Speed", paragraphs=[], pictures=[picture(rows)])
    render(tmp_path, [], [section], {}, reading=[], rule="")
    for name, cell, shown in (("report.md", "| cell |", markdown), ("report.html", "<td>cell</td>", html)):
        text = (tmp_path / name).read_text()
        assert text.count(cell) == shown
        assert (f"The numbers drawn are {rows:,} rows" in text) == (not shown)
        assert "rows.csv" in text


def test_anchors_follow_from_titles_and_no_two_are_the_same() -> None:
    twice = Section(
        title="Greedy: how?", paragraphs=[], pictures=[picture(1)], tables=[table("Growth"), table("growth!")]
    )
    first, second = anchored([twice, twice])
    assert (first.anchor, second.anchor) == ("section-greedy-how", "section-greedy-how-2")
    assert [anchor for part in (first, second) for anchor, _ in part.pictures] == ["picture-growth", "picture-growth-2"]
    assert [anchor for part in (first, second) for anchor, _ in part.tables] == [
        "table-growth", "table-growth-2", "table-growth-3", "table-growth-4",
    ]  # fmt: skip


def test_an_anchor_is_not_taken_twice_where_a_title_ends_in_a_number() -> None:
    titles = ["a", "a 2", "a"]
    (only,) = anchored([Section(title="s", paragraphs=[], tables=[table(title) for title in titles])])
    assert [anchor for anchor, _ in only.tables] == ["table-a", "table-a-2", "table-a-3"]
