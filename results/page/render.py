"""Writes the files of a report from its elements: figures/, report.md and report.html."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from results.figures.svg import svg
from results.page.earlier_report import FIGURES, shown_figures
from results.page.elements import Answer, Section, anchored
from results.page.provenance import facts, repeat
from results.tables.atomic_write import InputError, plain_name, prepare_folder, replace_file
from results.tables.column import single_line
from results.terminal.progress import progress

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPT = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
_MOST_ROWS = {"report.md": 200, "report.html": 2000}
"""The most rows of a figure's numbers that a page shows; for more, it names their table."""


def render(
    directory: Path,
    answers: Sequence[Answer],
    sections: Sequence[Section],
    parts: Mapping[str, Any],
    *,
    reading: Sequence[str],
    rule: Sequence[str],
) -> Path:
    """Renders everything, then writes the files; returns report.html's path.

    Raises InputError for a folder that cannot be written.
    """
    folder = prepare_folder(directory / FIGURES, remedy="make it writable, or copy the rows elsewhere")
    sections = _named(sections)
    figures = [(drawn.name, drawn.drawing) for section in sections for drawn in section.figures]
    files = {folder / f"{name}.svg": svg(figure) for name, figure in progress(figures, "drawing figures")}
    page = {
        "answers": answers,
        "sections": anchored(sections),
        "reading": reading,
        "rule": rule,
        "parts": {name: (facts(part), repeat(name, part)) for name, part in parts.items()},
        "script": _SCRIPT,
        "script_hash": base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode(),
    }
    for name, most_rows in _MOST_ROWS.items():
        text = _ENVIRONMENT.get_template(f"{name}.j2").render(page, most_rows=most_rows)
        files[directory / name] = text.encode()
    for path in files:
        if path.is_dir():
            raise InputError(f"{path} is a folder; expected a file of an earlier report, or nothing")
    outdated = shown_figures(directory) - files.keys()
    for path, content in files.items():
        replace_file(path, content)
    for path in outdated:
        path.unlink(missing_ok=True)
    return directory / "report.html"


def _named(sections: Sequence[Section]) -> list[Section]:
    """The sections with a unique file name for each figure: names of extra metrics come from the user."""
    given: set[str] = set()

    def file_of(name: str) -> str:
        place = 1
        file = plain = plain_name(name)
        while file.lower() in given:  # some file systems ignore case
            place += 1
            file = f"{plain}_{place}"
        given.add(file.lower())
        return file

    return [
        replace(section, figures=[replace(figure, name=file_of(figure.name)) for figure in section.figures])
        for section in sections
    ]


def markdown(text: object) -> str:
    """Escapes text so that Markdown shows it unchanged."""
    special = r"[\\`*|~$]|\](?=[(\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    escaped = re.sub(special, lambda found: "\\" + found.group(), single_line(str(text)))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=lambda name: name is not None and name.endswith(".html.j2"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["markdown"] = markdown
