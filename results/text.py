"""Texts on one line: plurals, durations and the values of settings."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""Control characters and line separators, and surrogates, which UTF-8 cannot encode."""


def single_line(text: str) -> str:
    """The text on one line: control characters become spaces."""
    return CONTROL.sub(" ", text.rstrip("\r\n"))


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def plural(number: int, noun: str) -> str:
    """`1 pair of seeds`, `1,000 pairs of seeds`, `0 studies`."""
    return f"{number:,} {noun if number == 1 else plural_of(noun)}"


def plural_of(noun: str) -> str:
    head, of, rest = noun.partition(" of ")
    return f"{f'{head[:-1]}ie' if head.endswith('y') else head}s{of}{rest}"


def format_setting(value: object) -> str:
    """The text of a setting's value, as in a cell and on the command line: None is none, True is true."""
    return str(value).lower() if value is None or isinstance(value, bool) else single_line(str(value))
