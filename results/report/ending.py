"""The end of a command that builds a report: the answers, then where the report is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from results.page.text import answer_lines
from results.report.build import build_with_answers


def report_lines(directory: Path, tables: Collection[str] | None = None) -> list[str]:
    """Builds the report of a folder; returns its answers, or those that follow from `tables`, and the report's path.

    Raises InputError as `build` does.
    """
    html, answers = build_with_answers(directory)
    shown = [answer_lines(answer) for table, answer in answers.items() if tables is None or table in tables]
    return [*(line for lines in shown for line in ["", *lines]), "", f"report: {html}"]
