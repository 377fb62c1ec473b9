"""Writes the files of a report from its pages: figures/, and NAME.md and NAME.html of each page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from results.errors import InputError
from results.figures.svg import svg
from results.page.earlier_report import FIGURES, report_pages, shown_figures
from results.page.elements import Figure, Page, anchored, file_names
from results.page.grid import MOST_COLUMNS, cell_html, column_classes
from results.page.provenance import facts, repeat, where_to_repeat
from results.tables.atomic_write import prepare_folder, replace_file
from results.terminal.progress import progress
from results.text import single_line

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPT = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
_MOST_CELLS = {".md": 1_000, ".html": 10_000}
"""The most cells of a figure's numbers that a page shows; for more, it names their table."""


def render(directory: Path, pages: Sequence[Page], *, reading: Sequence[str], rule: Sequence[str]) -> Path:
    """Renders the pages, then writes all files; returns the path of the first page.

    Raises InputError for a folder that cannot be written.
    """
    folder = prepare_folder(directory / FIGURES, remedy="make it writable, or copy the rows elsewhere")
    pages = _named(pages)
    figures = [(figure.name, figure.drawing) for figure in _figures(pages)]
    files = {folder / f"{name}.svg": svg(figure) for name, figure in progress(figures, "drawing figures")}
    for page in pages:
        values = {
            "page": page,
            "others": [other for other in pages if other is not page],
            "sections": anchored(page.sections),
            "reading": reading,
            "rule": rule,
            "parts": {
                name: (facts(part), where_to_repeat(name, part), repeat(name, part))
                for name, part in page.parts.items()
            },
            "script": _SCRIPT,
            "script_hash": base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode(),
        }
        for suffix, most_cells in _MOST_CELLS.items():
            text = ENVIRONMENT.get_template(f"report{suffix}.j2").render(values, most_cells=most_cells)
            files[directory / f"{page.name}{suffix}"] = text.encode()
    for path in files:
        if path.is_dir():
            raise InputError(f"{path} is a folder; expected a file of an earlier report, or nothing")
    outdated = (shown_figures(directory) | report_pages(directory)) - files.keys()
    for path, content in files.items():
        replace_file(path, content)
    for path in outdated:
        path.unlink(missing_ok=True)
    return directory / f"{pages[0].name}.html"


def _figures(pages: Sequence[Page]) -> list[Figure]:
    """Those of the answers first, so that their names do not depend on the sections."""
    return [
        *(answer.figure for page in pages for answer in page.answers if answer.figure),
        *(figure for page in pages for section in page.sections for figure in section.figures),
    ]


def _named(pages: Sequence[Page]) -> list[Page]:
    """The pages with a unique file name for each figure."""
    names = iter(file_names(figure.name for figure in _figures(pages)))

    def named(figure: Figure) -> Figure:
        return replace(figure, name=next(names))

    answers = [[replace(one, figure=one.figure and named(one.figure)) for one in page.answers] for page in pages]
    sections = [[replace(one, figures=[*map(named, one.figures)]) for one in page.sections] for page in pages]
    return [
        replace(page, answers=of_page, sections=below)
        for page, of_page, below in zip(pages, answers, sections, strict=True)
    ]


def markdown(text: object) -> str:
    """Escapes text so that Markdown shows it unchanged."""
    special = r"[\\`*|~$]|\](?=[(\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    escaped = re.sub(special, lambda found: "\\" + found.group(), single_line(str(text)))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=lambda name: name is not None and name.endswith(".html.j2"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.filters["markdown"] = markdown
ENVIRONMENT.filters["cell_html"] = cell_html
ENVIRONMENT.globals["column_classes"] = column_classes
ENVIRONMENT.globals["most_columns"] = MOST_COLUMNS
ENVIRONMENT.filters["single_line"] = single_line
