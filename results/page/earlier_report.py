"""The files of a folder's earlier report, which are removed when its rows change."""

from __future__ import annotations

import re
from pathlib import Path

FIGURES = "figures"
_FIGURE_LINE = re.compile(rf"^\[?!\[.*\]\({FIGURES}/([^/()]+)\.svg\)$", re.MULTILINE)


def shown_figures(directory: Path) -> set[Path]:
    """The files of the figures that the folder's report.md shows, also of an earlier version, which had a PNG of each
    figure too. Other files in figures/ are left alone."""
    path = directory / "report.md"
    text = path.read_text(errors="replace") if path.is_file() else ""
    return {
        directory / FIGURES / f"{name}{suffix}" for name in _FIGURE_LINE.findall(text) for suffix in (".svg", ".png")
    }


def remove_report(directory: Path) -> bool:
    """Removes the folder's report with its figures; returns whether there was one."""
    # report.md goes last, since it lists the figures that are left.
    files = [*shown_figures(directory), directory / "report.html", directory / "report.md"]
    existing = [path for path in files if path.is_file()]
    for path in existing:
        path.unlink()
    return bool(existing)
