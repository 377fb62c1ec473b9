"""How a table is set: numbers to the right, intervals unbroken, long texts not too narrow."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

MOST_COLUMNS = 15
"""A table with more columns is a matrix, such as attention weights; it scrolls in its own box."""
_FEW_COLUMNS = 9
"""A table with more columns is set smaller."""
_LONG = 40
"""Characters of a text that get a wider column."""
_VALUE = r"[×≥≤<+-]{0,2} ?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?"
_NUMBER = re.compile(rf"{_VALUE}(?: of {_VALUE})?(?: \({_VALUE} to {_VALUE}\))?")
_MISSING = ("", "-", "not reached")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def column_classes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The classes of a table: `nK` if column K holds numbers, `lK` if it holds long texts, `dense`; or `matrix`."""
    if len(header) > MOST_COLUMNS:
        return "matrix"
    columns = [*enumerate(zip(*rows, strict=True), start=1)]
    numbers = [f"n{place}" for place, cells in columns if _numeric(cells)]
    long = [f"l{place}" for place, cells in columns if _long(cells)]
    return " ".join([*numbers, *long, *["dense"] * (len(header) > _FEW_COLUMNS)])


def cell_html(cell: str) -> Markup:
    """The cell with the places where its line may end: in a number only before its interval, in a name after `_`,
    between two numbers after the slash."""
    if _NUMBER.fullmatch(cell):
        return escape(re.sub(r" (?!\()", _NO_BREAK, cell))
    unbroken = re.sub(r"(?<=\d) of (?=\d)| (?=/ )", lambda found: found.group().replace(" ", _NO_BREAK), cell)
    return Markup(str(escape(unbroken)).replace("_", "_<wbr>"))


def _numeric(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if cell not in _MISSING]
    return bool(present) and all(map(_NUMBER.fullmatch, present))


def _long(cells: Sequence[str]) -> bool:
    return not _numeric(cells) and max(map(len, cells), default=0) > _LONG
