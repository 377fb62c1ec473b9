"""The kinds of columns: what a cell may hold, how it is written and how it is read.

`pandas.read_csv` without arguments reads every text as the same text. A chosen name, such as that of an arm, is refused
if pandas would read it as a number, a boolean or a missing value. A symbol from the data, such as a letter of a
sequence, is written with a leading apostrophe in that case, as in a spreadsheet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

from results.text import CONTROL, format_setting

_MISSING = {
    *("NA", "N/A", "n/a", "<NA>", "#NA", "#N/A", "#N/A N/A", "None", "NULL", "null"),
    *("1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN"),
}
"""Texts that pandas reads as a missing value, besides spellings of nan."""
_APOSTROPHE = "'"


class CellError(ValueError):
    """A value does not fit its column; the message names both."""


_EXPECTED = {
    "text": "a text on one line",
    "symbol": "a text on one line",
    "level": "a text on one line",
    "integer": "an integer",
    "number": "a finite number",
    "positive": "a finite number above 0",
    "fraction": "a number from 0 to 1",
    "weight": "a finite number",
}
_NUMBERS: Mapping[str, Callable[[float], bool]] = {
    "number": lambda number: True,
    "positive": lambda number: number > 0,
    "fraction": lambda number: 0 <= number <= 1,
    "weight": lambda number: True,
}
"""Kind -> which finite numbers a cell may hold."""
WEIGHT_DECIMALS = 6
"""Decimals of an attention weight. Most weights are far smaller, and all their digits would be most of a folder."""


@dataclass(frozen=True)
class Column:
    """A column: its name, the kind of its cells, and whether a cell may be empty (read as a missing value)."""

    name: str
    kind: Literal["text", "symbol", "level", "integer", "number", "positive", "fraction", "weight"]
    """A level is the value of a setting, of any type; it is read as a text."""
    optional: bool = False
    choices: tuple[str, ...] = ()
    """The allowed texts; empty if any text is allowed."""

    @property
    def is_float(self) -> bool:
        """Whether its cells are numbers that need not be integers."""
        return self.kind in _NUMBERS

    def format(self, value: object) -> str:
        """The text of a cell, which `parse` reads as the same value, a weight as the rounded one. A missing value is
        the empty text."""
        if self.kind == "level" and not isinstance(value, str):
            text = format_setting(value)
        elif value is None or (isinstance(value, float) and not math.isfinite(value)):
            text = ""
        elif self.kind == "symbol" and isinstance(value, str):
            text = f"{_APOSTROPHE}{value}" if is_misread(value) or value.startswith(_APOSTROPHE) else value
        elif isinstance(value, str):
            text = value
            if self.kind in ("text", "level") and is_misread(text):
                raise CellError(f"{self.name} is {text!r}, which pandas does not read as a text; expected another name")
        elif self.kind == "integer" and isinstance(value, Integral) and not isinstance(value, bool):
            text = str(int(value))
        elif self.is_float and isinstance(value, Real) and not isinstance(value, bool):
            text = repr(round(float(value), WEIGHT_DECIMALS) if self.kind == "weight" else float(value))
        else:
            raise CellError(f"{self.name} is {value!r}; expected {self._expected()}")
        self.parse(text)
        return text

    def parse(self, text: str) -> str | int | float | None:
        """The value of a cell; None for an empty cell of an optional column (for texts: the empty text)."""
        if text == "" and self.optional:
            return "" if self.kind == "text" else None
        if self.kind == "integer" and re.fullmatch(r"-?[0-9]{1,19}", text) and -(2**63) <= int(text) < 2**63:
            return int(text)
        if self.is_float and re.fullmatch(r"[-+.0-9eE]+", text):
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if math.isfinite(number) and _NUMBERS[self.kind](number):
                return number
        if self.kind in ("text", "symbol", "level"):
            value = text.removeprefix(_APOSTROPHE) if self.kind == "symbol" else text
            if value and not CONTROL.search(value) and (not self.choices or value in self.choices):
                return value
        raise CellError(f"{self.name} is {text!r}; expected {self._expected()}")

    def _expected(self) -> str:
        what = _EXPECTED[self.kind]
        what = "one of " + ", ".join(self.choices) if self.choices else what
        return what + (" or nothing" if self.optional else "")


def text(name: str, *choices: str, optional: bool = False) -> Column:
    return Column(name, "text", optional, choices)


def symbol(name: str) -> Column:
    return Column(name, "symbol")


def integer(name: str, *, optional: bool = False) -> Column:
    return Column(name, "integer", optional)


def number(name: str, *, optional: bool = False) -> Column:
    return Column(name, "number", optional)


def positive(name: str, *, optional: bool = False) -> Column:
    return Column(name, "positive", optional)


def fraction(name: str, *, optional: bool = False) -> Column:
    return Column(name, "fraction", optional)


def weight(name: str) -> Column:
    return Column(name, "weight")


def is_misread(text: str) -> bool:
    """Whether `pandas.read_csv` reads a number, a boolean or a missing value instead of the text."""
    try:
        float(re.sub(r"(?<=[eE])\s+", "", text))  # pandas allows spaces after the e
    except ValueError:
        return text in _MISSING or text.lower() in ("true", "false")
    return True
