"""Numbers that are too many for a page are where the page says; parts with the same title have links of their own."""

from __future__ import annotations

from pathlib import Path

import matplotlib.figure
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from results.page.earlier_report import remove_report, shown_figures
from results.page.elements import Figure, Section, Table, anchored
from results.page.render import render


def make_figure(rows: int, title: str = "Growth", name: str = "growth") -> Figure:
    return Figure(
        name=name, title=title, caption="It grows.", alt="Chart.", source="rows.csv",
        drawing=matplotlib.figure.Figure((1, 1)),
        header=["a"], rows=[["cell"]] * rows,
    )  # fmt: skip


def table(title: str) -> Table:
    return Table(title=title, note="", header=["a"], rows=[["1"]], source="rows.csv")


@pytest.mark.parametrize(("rows", "markdown", "html"), [(200, 200, 200), (201, 0, 201), (2000, 0, 2000), (2001, 0, 0)])
def test_of_many_numbers_the_page_says_where_they_are(tmp_path: Path, rows: int, markdown: int, html: int) -> None:
    section = Section(title="Speed", paragraphs=[], figures=[make_figure(rows)])
    render(tmp_path, [], [section], {}, reading=[], rule="")
    for name, cell, shown in (("report.md", "| cell |", markdown), ("report.html", "<td>cell</td>", html)):
        text = (tmp_path / name).read_text()
        assert text.count(cell) == shown
        assert (f"The numbers drawn are {rows:,} rows" in text) == (not shown)
        assert "rows.csv" in text


@settings(max_examples=15, deadline=None)
@given(names=st.lists(st.text(), min_size=1, max_size=3))
@example(names=["../up", "/etc/up", "up", "UP"])
@example(names=["a" * 300, "a" * 301, "\u8a9e" * 300, "", "..", "a/../../b"])
def test_any_name_of_a_figure_is_a_file_of_its_own_inside_figures(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("names") / "report"
    folder.mkdir()
    figures = [make_figure(1, name=name) for name in names]
    render(folder, [], [Section(title="Speed", paragraphs=[], figures=figures)], {}, reading=[], rule="")
    files = [*(folder / "figures").iterdir()]
    assert len({path.name.lower() for path in files}) == len(files) == len(names)
    assert [path.name for path in folder.parent.iterdir()] == ["report"]
    assert sorted(path.name for path in folder.iterdir()) == ["figures", "report.html", "report.md"]
    assert {path for path in shown_figures(folder) if path.suffix == ".svg"} == set(files)


def test_a_figure_that_a_newer_report_does_not_draw_is_removed_and_nothing_else(tmp_path: Path) -> None:
    def names(*names: str) -> set[str]:
        figures = [make_figure(1, name=name) for name in names]
        render(tmp_path, [], [Section(title="Speed", paragraphs=[], figures=figures)], {}, reading=[], rule="")
        return {path.name for path in (tmp_path / "figures").iterdir()}

    assert names("a", "b") == {"a.svg", "b.svg"}
    (tmp_path / "figures" / "mine.svg").write_text("")
    assert names("a") == {"a.svg", "mine.svg"}
    earlier = "[![Chart.](figures/a.png)](figures/a.svg)\n"  # an earlier version drew each figure as a PNG too
    (tmp_path / "report.md").write_text(earlier)
    (tmp_path / "figures" / "a.png").write_text("")
    assert names("b") == {"b.svg", "mine.svg"}
    assert remove_report(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"figures", "mine.svg"}
    assert not remove_report(tmp_path)


def test_anchors_follow_from_titles_and_no_two_are_the_same() -> None:
    twice = Section(
        title="Greedy: how?", paragraphs=[], figures=[make_figure(1)], tables=[table("Growth"), table("growth!")]
    )
    first, second = anchored([twice, twice])
    assert (first.anchor, second.anchor) == ("section-greedy-how", "section-greedy-how-2")
    assert [anchor for part in (first, second) for anchor, _ in part.figures] == ["figure-growth", "figure-growth-2"]
    assert [anchor for part in (first, second) for anchor, _ in part.tables] == [
        "table-growth", "table-growth-2", "table-growth-3", "table-growth-4",
    ]  # fmt: skip


def test_an_anchor_is_not_taken_twice_where_a_title_ends_in_a_number() -> None:
    titles = ["a", "a 2", "a"]
    (only,) = anchored([Section(title="s", paragraphs=[], tables=[table(title) for title in titles])])
    assert [anchor for anchor, _ in only.tables] == ["table-a", "table-a-2", "table-a-3"]
