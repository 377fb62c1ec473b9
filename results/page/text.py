"""Answers as plain text: the end of a command's output in a terminal."""

from __future__ import annotations

import itertools
import re
import shutil
import textwrap

from results.page.elements import Answer, Table
from results.text import plural, single_line

MOST_ROWS = 5
LONGEST_LINE = 100
"""The most characters of a line of sentences, also in a wider terminal."""
NARROWEST_TEXT = 24
"""Texts in cells are wrapped down to so many characters; where the table is still too wide, its last columns go."""
_GAP = "  "

Cell = list[str]
"""The lines of a cell."""


def answer_lines(answer: Answer) -> list[str]:
    """Cautions, question, answer, and the first rows of the table, in lines that fit the terminal."""
    width = shutil.get_terminal_size().columns - 1
    sentences = [*answer.cautions, answer.question, answer.headline]
    lines = [line for text in sentences for line in textwrap.wrap(single_line(text), min(width, LONGEST_LINE))]
    table = _table_lines(answer.table, width - len(_GAP)) if answer.table else []
    return [*lines, *(["", *(_GAP + line for line in table)] if table else [])]


def _table_lines(table: Table, width: int) -> list[str]:
    """The header, the first rows, and the number of rows and columns left out."""
    rows = [[single_line(cell) for cell in row] for row in (table.header, *table.rows[:MOST_ROWS])]
    columns = len(table.header)
    while columns > 1 and _width(_wrapped(rows, columns, NARROWEST_TEXT)) > width:
        columns -= 1
    limits = range(width, NARROWEST_TEXT, -1)
    limit = next((limit for limit in limits if _width(_wrapped(rows, columns, limit)) <= width), NARROWEST_TEXT)
    hidden = {"more row": len(table.rows) - MOST_ROWS, "more column": len(table.header) - columns}
    counts = [plural(number, noun) for noun, number in hidden.items() if number > 0]
    note = [f"{' and '.join(counts)} in the report"] if counts else []
    return [line[:width].rstrip() for line in [*_aligned(_wrapped(rows, columns, limit)), *note]]


def _wrapped(rows: list[list[str]], columns: int, limit: int) -> list[list[Cell]]:
    """The first columns, their texts in lines of at most `limit` characters. A number with its interval is one line."""
    return [
        [[cell] if re.match(r"\W*\d", cell) else textwrap.wrap(cell, limit, subsequent_indent=_GAP) for cell in row]
        for row in (row[:columns] for row in rows)
    ]


def _sizes(rows: list[list[Cell]]) -> list[int]:
    return [max((len(line) for cell in column for line in cell), default=0) for column in zip(*rows, strict=True)]


def _width(rows: list[list[Cell]]) -> int:
    return sum(_sizes(rows)) + len(_GAP) * (len(rows[0]) - 1)


def _aligned(rows: list[list[Cell]]) -> list[str]:
    sizes = _sizes(rows)
    return [
        _GAP.join(f"{text:{size}}" for text, size in zip(texts, sizes, strict=True))
        for row in rows
        for texts in itertools.zip_longest(*row, fillvalue="")
    ]
