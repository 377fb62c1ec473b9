"""The files of a folder's earlier report, which are removed when its rows change."""

from __future__ import annotations

import re
from pathlib import Path

FIGURES = "figures"
PAGES = ("report", "speed")
"""The pages that a report can have. The first one is always there."""
_FIGURE_LINE = re.compile(rf"^\[?!\[.*\]\({FIGURES}/([^/()]+)\.svg\)$", re.MULTILINE)


def report_pages(directory: Path) -> set[Path]:
    """The pages of the folder's report."""
    paths = {directory / f"{page}{suffix}" for page in PAGES for suffix in (".md", ".html")}
    return {path for path in paths if path.is_file()}


def shown_figures(directory: Path) -> set[Path]:
    """The files of the figures that the folder's report shows, also of an earlier version, which had a PNG of each
    figure too. Other files in figures/ are left alone."""
    pages = [path for path in report_pages(directory) if path.suffix == ".md"]
    names = [name for page in pages for name in _FIGURE_LINE.findall(page.read_text(errors="replace"))]
    return {directory / FIGURES / f"{name}{suffix}" for name in names for suffix in (".svg", ".png")}


def remove_report(directory: Path) -> bool:
    """Removes the folder's report with its figures; returns whether there was one."""
    pages = report_pages(directory)
    # The figures go first, since the pages list them.
    for path in [*shown_figures(directory), *sorted(pages)]:
        path.unlink(missing_ok=True)
    return bool(pages)
