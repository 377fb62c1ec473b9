"""What a cell of a table may hold, how it is written and how it is read back, and which columns each table has.

`results/README.md` says what each column means; here is what is checked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal


class CellError(ValueError):
    """A value that does not belong in its column; the message names both."""


@dataclass(frozen=True)
class Column:
    """One column: its name, what its cells hold, and whether a cell may be empty (read as a missing value)."""

    name: str
    kind: Literal["text", "whole", "number"]
    optional: bool = False
    choices: tuple[str, ...] = ()
    """Where not empty, the only texts that a cell may hold."""

    def format(self, value: object) -> str:
        """The cell's text; numbers are written so that reading gives the same number. A missing value is empty."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            text = ""
        elif isinstance(value, str):
            text = " ".join(value.splitlines())  # a row is a line, also for an error message of three lines
        elif self.kind == "whole" and isinstance(value, Integral) and not isinstance(value, bool):
            text = str(int(value))
        elif self.kind == "number" and isinstance(value, Real) and not isinstance(value, bool):
            text = repr(float(value))
        else:
            raise CellError(f"{self.name} is {value!r}; expected {self._expected()}")
        self.parse(text)
        return text

    def parse(self, text: str) -> str | int | float | None:
        """The value of a cell's text; None where it is empty and that is allowed (for text: the empty text)."""
        if text == "" and self.optional:
            return "" if self.kind == "text" else None
        if self.kind == "whole" and re.fullmatch(r"-?[0-9]+", text):
            return int(text)
        if self.kind == "number" and re.fullmatch(r"[-+.0-9eE]+", text):
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                return number
        if self.kind == "text" and text and (not self.choices or text in self.choices):
            return text
        raise CellError(f"{self.name} is {text!r}; expected {self._expected()}")

    def _expected(self) -> str:
        what = {"text": "a text", "whole": "a whole number", "number": "a finite number"}[self.kind]
        what = "one of " + ", ".join(self.choices) if self.choices else what
        return what + (" or nothing" if self.optional else "")


def _text(name: str, *choices: str, optional: bool = False) -> Column:
    return Column(name, "text", optional, choices)


def _whole(name: str, *, optional: bool = False) -> Column:
    return Column(name, "whole", optional)


def _number(name: str, *, optional: bool = False) -> Column:
    return Column(name, "number", optional)


_SUITE = _text("suite", "encoder", "score", "training")

TABLES: dict[str, tuple[Column, ...]] = {
    "runs": (
        _text("study"),
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _text("status", "done", "diverged", "failed"),
        _text("reason", optional=True),
        _whole("steps", optional=True),
        _number("seconds", optional=True),
        _whole("parameters", optional=True),
        _number("levenshtein_accuracy", optional=True),
        _number("exact_match", optional=True),
        _whole("steps_to_99", optional=True),
    ),
    "convergence": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("step"),
        _whole("epoch"),
        _number("train_loss", optional=True),
        _number("eval_loss", optional=True),
        _number("levenshtein_accuracy"),
        _number("exact_match"),
    ),
    "by_length": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("length"),
        _whole("n"),
        _number("levenshtein_accuracy"),
        _number("exact_match"),
    ),
    "alignments": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("target_position"),
        _text("predicted"),
        _whole("source_position"),
        _text("source"),
        _number("weight"),
    ),
    "throughput": (
        _SUITE,
        _text("case"),
        _text("candidate"),
        _text("baseline"),
        _text("device"),
        _whole("threads"),
        _text("cell", optional=True),
        _whole("directions", optional=True),
        _whole("batch"),
        _whole("source_length"),
        _whole("target_length", optional=True),
        _number("padding_ratio", optional=True),
        _whole("hidden_size"),
        _whole("rounds"),
        _number("median_seconds"),
        _text("tokens", "source", "target"),
        _number("tokens_per_second"),
        _number("ratio"),
        _number("ratio_low", optional=True),
        _number("ratio_high", optional=True),
        _whole("peak_bytes", optional=True),
    ),
    "rounds": (
        _SUITE,
        _text("case"),
        _text("candidate"),
        _whole("round"),
        _text("order", "candidate_first", "baseline_first"),
        _number("candidate_seconds"),
        _number("baseline_seconds"),
    ),
}

KEYS: dict[str, tuple[str, ...]] = {
    "runs": ("run_id",),
    "convergence": ("run_id", "step"),
    "by_length": ("run_id", "length"),
    "alignments": ("run_id", "target_position", "source_position"),
    "throughput": ("suite", "case", "candidate"),
    "rounds": ("suite", "case", "candidate", "round"),
}
"""The columns whose values no two rows of a table share: a row that is there twice would count twice."""
