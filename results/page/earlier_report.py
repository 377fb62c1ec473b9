"""The files of the report that a folder holds, so that none of them outlives the rows that it was made of."""

from __future__ import annotations

import re
from pathlib import Path

FIGURES = "figures"
_PICTURE = re.compile(rf"^\[?!\[.*\]\({FIGURES}/([^/()]+)\.svg\)$", re.MULTILINE)


def shown_figures(directory: Path) -> set[Path]:
    """The figures that the folder's report.md shows, also those of an earlier version, which drew a PNG too. Other
    files in the same place are not the report's to remove."""
    path = directory / "report.md"
    text = path.read_text(errors="replace") if path.is_file() else ""
    return {directory / FIGURES / f"{name}{suffix}" for name in _PICTURE.findall(text) for suffix in (".svg", ".png")}


def remove_report(directory: Path) -> bool:
    """Removes the folder's report with its figures; False if there was none."""
    # report.md goes last: it is what says which figures are left.
    files = [*shown_figures(directory), directory / "report.html", directory / "report.md"]
    there = [path for path in files if path.is_file()]
    for path in there:
        path.unlink()
    return bool(there)
