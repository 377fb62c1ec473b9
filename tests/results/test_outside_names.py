"""An arm may have any name of one line: pages show it unchanged, figures may shorten it."""

from __future__ import annotations

import html

import pytest
from edited_folders import copied, edit, edit_part
from synthetic_rows import ARMS, write_study

from results.figures.style import display_name
from results.page.render import markdown
from results.report.build import build


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "complete"
    write_study(folder, levels=(6,), seeds=2)
    return folder


@pytest.mark.parametrize(
    "names",
    [
        {"dot": r"$\frac{$", "general": '<script>|"`*', "additive": "{{ 7 * 7 }}"},
        {"dot": "x" * 3000, "general": "日本"},
    ],
    ids=["markup", "letters"],
)
def test_a_report_shows_any_name_without_a_warning(complete, tmp_path, names):
    folder = copied(complete, tmp_path / "x")
    for table in ("runs", "convergence", "by_length", "alignments", "mean_alignments"):
        edit(folder, table, lambda rows: [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows])
    edit_part(folder, "study", settings__arms={names.get(arm, arm): {} for arm in ARMS})
    page = build(folder)
    for name in names.values():
        assert f"| {markdown(name)} | 2 | 0 | 0 | 0 |" in page.with_suffix(".md").read_text()
        assert html.escape(name).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page.read_text()
    assert "<script>|" not in page.read_text()


def test_characters_that_break_a_line_of_markdown_become_spaces():
    assert markdown("Is it\n## so?") == "Is it ## so?"


def test_a_figure_shortens_long_names_in_the_middle_and_shows_dollar_signs():
    assert display_name("a$b$") == r"a\$b\$"
    assert display_name("x" * 60) == "x" * 60
    assert display_name("a" * 50 + "b" * 50) == "a" * 44 + "…" + "b" * 15
