"""What a cell of a table may hold, how it is written and how it is read back.

`pandas.read_csv` without arguments reads each text as that text. A name that somebody chose, such as an arm's, is
refused where pandas would read a number, a truth value or a missing value instead. A symbol that the data decide, such
as a letter of a sequence, then has an apostrophe in front, as in a spreadsheet.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""What moves a line or a terminal's cursor and is no letter; and surrogates, which UTF-8 cannot encode."""
_MISSING = {
    *("NA", "N/A", "n/a", "<NA>", "#NA", "#N/A", "#N/A N/A", "None", "NULL", "null"),
    *("1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN"),
}
"""What pandas reads as a missing value, beside spellings of nan."""
_APOSTROPHE = "'"


class CellError(ValueError):
    """A value that does not belong in its column; the message names both."""


_WHAT = {
    "text": "a text on one line",
    "symbol": "a text on one line",
    "level": "a text on one line",
    "whole": "a whole number",
    "number": "a finite number",
    "share": "a number from 0 to 1",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what its cells hold, and whether a cell may be empty (read as a missing value)."""

    name: str
    kind: Literal["text", "symbol", "level", "whole", "number", "share"]
    """A level is a value of a setting, of any type, and is read as a text."""
    optional: bool = False
    choices: tuple[str, ...] = ()
    """Where not empty, the only texts that a cell may hold."""

    def format(self, value: object) -> str:
        """The cell's text, from which `parse` makes the same value. A missing value is empty."""
        if self.kind == "level" and not isinstance(value, str):
            text = spelt(value)
        elif value is None or (isinstance(value, float) and not math.isfinite(value)):
            text = ""
        elif self.kind == "symbol" and isinstance(value, str):
            text = f"{_APOSTROPHE}{value}" if is_misread(value) or value.startswith(_APOSTROPHE) else value
        elif isinstance(value, str):
            text = value
            if self.kind in ("text", "level") and is_misread(text):
                raise CellError(f"{self.name} is {text!r}, which pandas does not read as a text; expected another name")
        elif self.kind == "whole" and isinstance(value, Integral) and not isinstance(value, bool):
            text = str(int(value))
        elif self.kind in ("number", "share") and isinstance(value, Real) and not isinstance(value, bool):
            text = repr(float(value))
        else:
            raise CellError(f"{self.name} is {value!r}; expected {self._expected()}")
        self.parse(text)
        return text

    def parse(self, text: str) -> str | int | float | None:
        """The value of a cell's text; None where it is empty and that is allowed (for text: the empty text)."""
        if text == "" and self.optional:
            return "" if self.kind == "text" else None
        if self.kind == "whole" and re.fullmatch(r"-?[0-9]{1,19}", text) and -(2**63) <= int(text) < 2**63:
            return int(text)
        if self.kind in ("number", "share") and re.fullmatch(r"[-+.0-9eE]+", text):
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if math.isfinite(number) and (self.kind == "number" or 0 <= number <= 1):
                return number
        if self.kind in ("text", "symbol", "level"):
            value = text.removeprefix(_APOSTROPHE) if self.kind == "symbol" else text
            if value and not _CONTROL.search(value) and (not self.choices or value in self.choices):
                return value
        raise CellError(f"{self.name} is {text!r}; expected {self._expected()}")

    def _expected(self) -> str:
        what = _WHAT[self.kind]
        what = "one of " + ", ".join(self.choices) if self.choices else what
        return what + (" or nothing" if self.optional else "")


def text(name: str, *choices: str, optional: bool = False) -> Column:
    return Column(name, "text", optional, choices)


def symbol(name: str) -> Column:
    return Column(name, "symbol")


def whole(name: str, *, optional: bool = False) -> Column:
    return Column(name, "whole", optional)


def number(name: str, *, optional: bool = False) -> Column:
    return Column(name, "number", optional)


def share(name: str, *, optional: bool = False) -> Column:
    return Column(name, "share", optional)


def is_misread(text: str) -> bool:
    """Whether `pandas.read_csv` reads something else: a number, a truth value or a missing value."""
    try:
        float(re.sub(r"(?<=[eE])\s+", "", text))  # pandas allows spaces after the e
    except ValueError:
        return text in _MISSING or text.lower() in ("true", "false")
    return True


def on_a_line(text: str) -> str:
    """The text without what is no letter in it; a row, a message and a heading are each one line."""
    return _CONTROL.sub(" ", text.rstrip("\r\n"))


def plural(number: int, noun: str) -> str:
    """`1 pair of seeds`, `1,000 pairs of seeds`, `0 studies`."""
    return f"{number:,} {noun if number == 1 else plural_of(noun)}"


def plural_of(noun: str) -> str:
    head, of, rest = noun.partition(" of ")
    return f"{f'{head[:-1]}ie' if head.endswith('y') else head}s{of}{rest}"


def spelt(value: object) -> str:
    """The cell of a level, or of a setting: as on the command line, where None is none."""
    return str(value).lower() if value is None or isinstance(value, bool) else on_a_line(str(value))
