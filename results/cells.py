"""What a cell of a table may hold, how it is written and how it is read back."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What moves a line or a terminal's cursor and is no letter."""


class CellError(ValueError):
    """A value that does not belong in its column; the message names both."""


_WHAT = {
    "text": "a text on one line",
    "whole": "a whole number",
    "number": "a finite number",
    "share": "a number from 0 to 1",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, what its cells hold, and whether a cell may be empty (read as a missing value)."""

    name: str
    kind: Literal["text", "whole", "number", "share"]
    optional: bool = False
    choices: tuple[str, ...] = ()
    """Where not empty, the only texts that a cell may hold."""

    def format(self, value: object) -> str:
        """The cell's text; numbers are written so that reading gives the same number. A missing value is empty."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            text = ""
        elif isinstance(value, str):
            text = on_a_line(value)  # a row is a line, also for an error message of three lines
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
        if self.kind == "text" and text and not _CONTROL.search(text) and (not self.choices or text in self.choices):
            return text
        raise CellError(f"{self.name} is {text!r}; expected {self._expected()}")

    def _expected(self) -> str:
        what = _WHAT[self.kind]
        what = "one of " + ", ".join(self.choices) if self.choices else what
        return what + (" or nothing" if self.optional else "")


def text(name: str, *choices: str, optional: bool = False) -> Column:
    return Column(name, "text", optional, choices)


def whole(name: str, *, optional: bool = False) -> Column:
    return Column(name, "whole", optional)


def number(name: str, *, optional: bool = False) -> Column:
    return Column(name, "number", optional)


def share(name: str, *, optional: bool = False) -> Column:
    return Column(name, "share", optional)


def on_a_line(text: str) -> str:
    """The text without what is no letter in it; a row, a message and a heading are each one line."""
    return _CONTROL.sub(" ", text.rstrip("\r\n"))


def spelt(value: object) -> str:
    """The cell of a level, or of a setting: as on the command line, where None is none."""
    return str(value).lower() if value is None or isinstance(value, bool) else on_a_line(str(value))
