"""Pages are written from their elements: large tables, folded parts, names of figures, anchors, outdated files."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.figure
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from results.page.earlier_report import remove_report, shown_figures
from results.page.elements import Answer, Figure, Page, Section, Table, anchored
from results.page.render import render


def make_figure(
    rows: int, title: str = "Growth", name: str = "growth", *, columns: int = 1, folded: bool = False
) -> Figure:
    return Figure(
        name=name, title=title, caption="It grows.", alt="Chart.", source="rows.csv",
        drawing=matplotlib.figure.Figure((1, 1)),
        header=["a"] * columns, rows=[["cell"] * columns] * rows, folded=folded,
    )  # fmt: skip


def table(title: str, *, folded: bool = False) -> Table:
    return Table(title=title, note="", header=["a"], rows=[["1"]], source="rows.csv", folded=folded)


def answer(figure: Figure | None = None) -> Answer:
    return Answer(
        question="Does it grow?", word="Yes", text="By 1.", cautions=["Noisy."], figure=figure, table=None, points=[]
    )


def page(*figures: Figure, name: str = "report", answered: Answer | None = None) -> Page:
    """A page with these figures in its only section."""
    sections = [Section(title="Speed", paragraphs=[], figures=list(figures))]
    return Page(name=name, answers=[answered] if answered else [], sections=sections, parts={})


def write(folder: Path, *pages: Page) -> set[str]:
    """Writes the pages; returns the names of the files in figures/."""
    render(folder, pages, reading=[], rule=[])
    return {path.name for path in (folder / "figures").iterdir()}


@pytest.mark.parametrize(
    ("rows", "columns", "in_markdown", "in_html"),
    [
        (200, 5, True, True),
        (201, 5, False, True),
        (2000, 5, False, True),
        (2001, 5, False, False),
        (100, 10, True, True),
        (100, 11, False, True),
        (100, 101, False, False),
    ],
)
def test_a_large_table_is_replaced_by_a_link_to_its_file(
    tmp_path: Path, rows: int, columns: int, in_markdown: bool, in_html: bool
) -> None:
    write(tmp_path, page(make_figure(rows, columns=columns)))
    for name, shown in (("report.md", in_markdown), ("report.html", in_html)):
        text = (tmp_path / name).read_text()
        assert len(re.findall(r"<td>cell<|cell \|", text)) == (rows * columns if shown else 0)
        assert (f"The numbers drawn are {rows:,} rows" in text) == (not shown)
        assert "rows.csv" in text


@settings(max_examples=15, deadline=None)
@given(names=st.lists(st.text(), min_size=1, max_size=3))
@example(names=["../up", "/etc/up", "up", "UP"])
@example(names=["a" * 300, "a" * 301, "\u8a9e" * 300, "", "..", "a/../../b"])
def test_each_name_of_a_figure_gives_a_separate_file_inside_figures(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("names") / "report"
    folder.mkdir()
    write(folder, page(*(make_figure(1, name=name) for name in names)))
    files = [*(folder / "figures").iterdir()]
    assert len({path.name.lower() for path in files}) == len(files) == len(names)
    assert [path.name for path in folder.parent.iterdir()] == ["report"]
    assert sorted(path.name for path in folder.iterdir()) == ["figures", "report.html", "report.md"]
    assert {path for path in shown_figures(folder) if path.suffix == ".svg"} == set(files)


def test_a_figure_that_a_newer_report_does_not_draw_is_the_only_file_removed(tmp_path: Path) -> None:
    def names(*names: str) -> set[str]:
        return write(tmp_path, page(*(make_figure(1, name=name) for name in names)))

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


def test_a_second_page_goes_with_its_figures_when_the_report_has_one_page_or_is_removed(tmp_path: Path) -> None:
    def two_pages() -> None:
        assert write(tmp_path, page(make_figure(1)), page(make_figure(1), name="speed")) == {
            "growth.svg", "growth_2.svg",
        }  # fmt: skip
        assert {path.name for path in tmp_path.iterdir()} == {
            "figures", "report.html", "report.md", "speed.html", "speed.md",
        }  # fmt: skip

    two_pages()
    assert write(tmp_path, page(make_figure(1))) == {"growth.svg"}
    assert {path.name for path in tmp_path.iterdir()} == {"figures", "report.html", "report.md"}
    two_pages()
    assert remove_report(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"figures"}


def test_two_pages_link_to_each_other_by_their_questions(tmp_path: Path) -> None:
    write(tmp_path, page(answered=answer()), page(name="speed"))
    assert '<a href="speed.html">Speed</a>' in (tmp_path / "report.html").read_text()
    assert "[Speed](speed.md)" in (tmp_path / "report.md").read_text()
    assert '<a href="report.html">Does it grow?</a>' in (tmp_path / "speed.html").read_text()
    assert "[Does it grow?](report.md)" in (tmp_path / "speed.md").read_text()


def test_the_figure_of_an_answer_keeps_its_name_beside_a_figure_of_the_same_name(tmp_path: Path) -> None:
    # The index finds it by this name without drawing the sections, also if that of an earlier page's section is equal.
    written = write(
        tmp_path,
        page(make_figure(1, "Other", "map")),
        page(name="speed", answered=answer(make_figure(1, "Map", "map"))),
    )
    assert written == {"map.svg", "map_2.svg"}
    assert "(figures/map.svg)" in (tmp_path / "speed.md").read_text()
    assert "(figures/map_2.svg)" in (tmp_path / "report.md").read_text()


def test_an_answer_shows_question_caution_word_text_and_figure_in_this_order(tmp_path: Path) -> None:
    write(tmp_path, page(answered=answer(make_figure(1))))
    for name, parts in (
        ("report.md", ("## Does it grow?", "> Noisy.", "**Yes.** By 1.", "![Chart.](figures/growth.svg)", "## Speed")),
        ("report.html", ("<h2>Does it grow?</h2>", ">Noisy.<", ">Yes<", ">By 1.<", "figures/growth.svg", "<nav")),
    ):
        text = (tmp_path / name).read_text()
        positions = [text.index(part) for part in parts]
        assert positions == sorted(positions)


def test_a_folded_part_is_a_summary_with_the_title_and_all_of_its_content(tmp_path: Path) -> None:
    titled = "A <b> & `c`"
    section = Section(
        title="Speed",
        paragraphs=[],
        figures=[make_figure(1, titled, folded=True)],
        tables=[table("Open"), table(titled, folded=True)],
    )
    render(tmp_path, [Page(name="report", answers=[], sections=[section], parts={})], reading=[], rule=[])
    html, markdown = ((tmp_path / name).read_text() for name in ("report.html", "report.md"))
    assert html.count("<summary><h3>A &lt;b&gt; &amp; `c`</h3></summary>") == 2
    assert '<h3 id="table-open">Open</h3>' in html
    assert markdown.count("<details>\n<summary>A &lt;b&gt; &amp; `c`</summary>\n\n") == 2
    assert "### Open\n\n| a |" in markdown
    for text in (html, markdown):
        assert text.count("<details") == text.count("</details>")


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


def test_an_anchor_is_unique_if_a_title_ends_in_a_number() -> None:
    titles = ["a", "a 2", "a"]
    (only,) = anchored([Section(title="s", paragraphs=[], tables=[table(title) for title in titles])])
    assert [anchor for anchor, _ in only.tables] == ["table-a", "table-a-2", "table-a-3"]
