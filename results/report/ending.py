"""The end of a command that builds a report: the answers, then where the report is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from results.page.earlier_report import PAGES
from results.page.text import answer_lines
from results.report.build import build_with_answers


def report_lines(directory: Path, tables: Collection[str] | None = None) -> list[str]:
    """Builds the report of a folder; returns its answers, or those from `tables` alone, and the paths of its pages.

    Raises InputError as `build` does.
    """
    _, answers = build_with_answers(directory)
    shown = [answer_lines(answer) for table, answer in answers.items() if tables is None or table in tables]
    pages = [path for page in PAGES if (path := directory / f"{page}.html").is_file()]
    return [*(line for lines in shown for line in ["", *lines]), "", *(f"report: {path}" for path in pages)]
