"""The end of a command that builds a report: the answers, then where the report is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.page.earlier_report import PAGES
from results.page.elements import Answer
from results.page.text import answer_lines
from results.report.build import build_with_answers
from results.terminal.output import Result


@dataclass(frozen=True)
class Ending(Result):
    """What such a command prints."""

    answers: Mapping[str, Answer]
    """Table -> the answer that follows from it."""
    pages: list[Path]

    def lines(self) -> list[str]:
        shown = [line for answer in self.answers.values() for line in ["", *answer_lines(answer)]]
        return [*shown, "", *(f"report: {path}" for path in self.pages)]

    def document(self) -> dict[str, Any]:
        return {
            "answers": [_answer(table, answer) for table, answer in self.answers.items()],
            "pages": [str(path) for path in self.pages],
        }


def build_ending(directory: Path, tables: Collection[str] | None = None) -> Ending:
    """Builds the report of a folder; returns its answers, or those from `tables` alone, and the paths of its pages.

    Raises InputError as `build` does.
    """
    _, answers = build_with_answers(directory)
    shown = {table: answer for table, answer in answers.items() if tables is None or table in tables}
    return Ending(shown, [path for page in PAGES if (path := directory / f"{page}.html").is_file()])


def report_lines(directory: Path, tables: Collection[str] | None = None) -> list[str]:
    """As `build_ending`, as text."""
    return build_ending(directory, tables).lines()


def _answer(table: str, answer: Answer) -> dict[str, Any]:
    return {
        "from": table,
        "question": answer.question,
        "answer": answer.word,
        "text": answer.text,
        "basis": answer.basis,
        "cautions": answer.cautions,
        "table": {"header": answer.table.header, "rows": answer.table.rows} if answer.table else None,
        "points": answer.points,
    }
