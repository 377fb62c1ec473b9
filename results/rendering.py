"""From the parts of a report to its files: figures/, report.md, and report.html, which needs no other file."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from results.contents import anchored
from results.figures import STYLE
from results.files import prepare_folder, replace_file
from results.page import Answer, Section
from results.provenance_section import facts, repeat

_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPT = (_TEMPLATES / "report.js").read_text()
_MOST_ROWS = {"report.md": 200, "report.html": 2000}
"""Of a picture's numbers, so many rows are shown; where there are more, the page says where they are."""


def render(
    directory: Path,
    answers: Sequence[Answer],
    sections: Sequence[Section],
    parts: Mapping[str, Any],
    *,
    reading: Sequence[str],
    rule: Sequence[str],
) -> Path:
    """Writes the files; returns report.html's path. InputError for a folder that cannot be written."""
    folder = prepare_folder(directory / "figures", remedy="make it writable, or copy the rows elsewhere")
    page = {
        "answers": answers,
        "sections": anchored(sections),
        "reading": reading,
        "rule": rule,
        "parts": {name: (facts(part), repeat(name, part)) for name, part in parts.items()},
        "images": {drawn.name: save(drawn.figure, folder / drawn.name) for s in sections for drawn in s.pictures},
        "script": _SCRIPT,
        "script_hash": base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode(),
    }
    for name, most_rows in _MOST_ROWS.items():
        text = _ENVIRONMENT.get_template(f"{name}.j2").render(page, most_rows=most_rows)
        replace_file(directory / name, text.encode())
    return directory / "report.html"


def save(figure: Figure, path: Path) -> str:
    """Writes the figure as SVG and PNG, `path` with the suffix added; returns the SVG in base64."""
    content = {}
    with matplotlib.rc_context(STYLE):
        for suffix, metadata in ((".svg", {"Date": None}), (".png", {})):
            out = io.BytesIO()
            figure.savefig(out, format=suffix[1:], metadata=metadata)
            content[suffix] = out.getvalue()
            replace_file(path.with_name(path.name + suffix), content[suffix])
    return base64.b64encode(content[".svg"]).decode()


def markdown(text: object) -> str:
    """Text that Markdown shows as it is, also where it comes from outside."""
    special = r"[\\`*|~$]|\](?=[(\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    escaped = re.sub(special, lambda found: "\\" + found.group(), str(text))
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
