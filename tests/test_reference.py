"""The committed reports follow from their committed rows, and the README quotes them word for word."""

import re
import shutil
from pathlib import Path

import pytest

from results.report.build import build
from results.report.index import write_index
from results.tables.study_schema import TABLES

ROOT = Path(__file__).parents[1]
REFERENCES = sorted(path.parent for path in (ROOT / "results/reference").glob("*/provenance.json"))
MOST_BYTES = 25_000_000
"""A clone should stay small: compress tables, keep few of the runs' details, draw less."""
QUOTE = r"<!--from (\S+?)-->\n?(.+?)\n?<!--end-->"
README = (ROOT / "README.md").read_text()
QUOTES = re.findall(QUOTE, README)


def copy_rows(reference: Path, folder: Path) -> None:
    for rows in [*reference.glob("*.csv*"), reference / "provenance.json"]:
        shutil.copy(rows, folder)


def test_the_references_weigh_no_more_than_25_mb() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "results/reference").rglob("*")) < MOST_BYTES


def test_a_page_of_a_reference_weighs_less_than_2_mb() -> None:
    assert max(page.stat().st_size for page in (ROOT / "results/reference").rglob("*.html")) < 2_000_000


def test_no_reference_holds_a_figure_that_its_report_does_not_show() -> None:
    for reference in REFERENCES:
        pages = "".join(page.read_text() for page in reference.glob("*.md"))
        shown = set(re.findall(r"\]\((figures/[^)]+)\)", pages))
        assert {f"figures/{path.name}" for path in reference.glob("figures/*")} == shown


@pytest.mark.slow
@pytest.mark.parametrize("reference", REFERENCES, ids=lambda path: path.name)
def test_a_reference_report_is_reproduced_from_its_rows(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text; the figures are left empty, since drawing them takes as long as all the rest."""
    monkeypatch.setattr("results.page.render.svg", lambda drawing: b"")
    copy_rows(reference, tmp_path)
    build(tmp_path)
    pages, committed = (
        {path.name: path.read_text() for path in folder.glob("*.md")} for folder in (tmp_path, reference)
    )
    assert pages == committed


def test_the_index_of_the_references_is_what_the_command_writes(tmp_path: Path) -> None:
    for reference in REFERENCES:
        (tmp_path / reference.name).mkdir()
        copy_rows(reference, tmp_path / reference.name)
    written = write_index(tmp_path)
    assert written.read_text() == (ROOT / "results/reference/README.md").read_text()
    without_figures = re.sub("<a [^>]+><img [^>]+></a>\n", "", (ROOT / "results/reference/index.html").read_text())
    assert (tmp_path / "index.html").read_text() == without_figures  # the rows alone were copied


def test_every_report_that_the_index_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "results/reference/README.md").read_text())
    assert {ROOT / "results/reference" / link for link in links} == {
        page for path in REFERENCES for page in path.glob("*.md")
    }
    assert all((ROOT / "results/reference" / link).exists() for link in links)


def test_every_quote_of_the_readme_is_on_one_line_so_that_it_is_compared() -> None:
    assert len(QUOTES) == README.count("<!--from ") > 0


@pytest.mark.parametrize(("source", "quote"), QUOTES, ids=[source for source, _ in QUOTES])
def test_the_readme_quotes_the_first_sentences_of_its_reports_word_for_word(source: str, quote: str) -> None:
    """The answer or its first sentences, or a whole point below it."""
    lines = (ROOT / source).read_text().splitlines()
    assert quote.endswith((".", "**"))
    answers = [line for line in lines if line.startswith("**")]
    assert f"- {quote}" in lines or any(f"{answer} ".startswith(f"{quote} ") for answer in answers)


@pytest.mark.parametrize("title", ["Training step", "Greedy decoding"])
def test_the_readme_of_the_benchmarks_quotes_every_aim_of_a_work_with_what_is_measured(title: str) -> None:
    """Also those that are missed."""
    quotes = re.findall(QUOTE, (ROOT / "benchmarks/README.md").read_text(), re.DOTALL)
    tables = [
        [line for line in quote.splitlines() if re.search("reached|missed|not shown", line)] for _, quote in quotes
    ]
    (report,) = {(ROOT / source).read_text() for source, _ in quotes}
    rows = report.split(f"<summary>{title}</summary>")[1].split("</details>")[0].splitlines()
    assert [line for line in rows if re.search("reached|missed|not shown", line)] in tables
    assert [quote.splitlines()[0] for _, quote in quotes if quote.splitlines()[0] in rows]


def test_the_readme_quotes_every_study_the_benchmarks_and_the_peers() -> None:
    quoted = {source.split("/")[2] for source, _ in QUOTES}
    assert quoted == {path.name for path in REFERENCES} - {"overhead", "scaling", "validity"}


@pytest.mark.parametrize("table", TABLES)
def test_the_data_dictionary_names_every_column_of_a_table(table: str) -> None:
    dictionary = (ROOT / "results/README.md").read_text()
    section = dictionary.split(f"## {table}.csv")[1].split("\n## ")[0]
    named = {name for row in re.findall(r"^\| ([a-z_0-9, ]+) \|", section, re.MULTILINE) for name in row.split(", ")}
    assert {column.name for column in TABLES[table]} == named - {"column"}
