"""Writes the shipped data sets: `python -m seq2seq_core.data.make_shipped` in the root of the repository.

dates     dates written out -> ISO dates: "March 3rd, 2021" -> "2021-03-03"
plurals   English-like nouns -> their plurals, by the rules of spelling: "drony" -> "dronies", "melash" -> "melashes"

The files are the same wherever they are written; a test compares them with the rows that this module makes.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from itertools import product

from seq2seq_core.data.shipped import FOLDER

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_FIRST_DAY, _DAYS = date(1950, 1, 1), 36_525
_DATES = 5_000
_STARTS = ("d", "l", "m", "n", "r", "t", "v", "dr", "tr", "st", "pl")
_VOWELS = "aeo"
_INNER_ENDS = ("", "l", "m", "n", "r")
_ENDS = ("l", "m", "n", "r", "f", "fe", "ff", "x", "z", "ss", "sh", "ch", "y")
_BARE_ENDS = ("y", "o")
"""They follow the first consonants of a syllable."""
_NOUNS = 4_000


def dates() -> list[tuple[str, str]]:
    """Dates from 1950 to 2049, each in one of six ways to write it."""
    pairs = []
    for number in _sample(_DAYS, _DATES, "dates"):
        day = _FIRST_DAY + timedelta(days=number)
        way = _random(f"way {number}", 6)
        month, ordinal = _MONTHS[day.month - 1], f"{day.day}{_ordinal_suffix(day.day)}"
        text = (
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            f"{month} {ordinal}, {day.year}",
            f"{ordinal} of {month} {day.year}",
            f"{day.day} {month[:3]} {day.year}",
            f"{month[:3]} {day.day}, {day.year}",
        )[way]
        pairs.append((text, day.isoformat()))
    return pairs


def _ordinal_suffix(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def plurals() -> list[tuple[str, str]]:
    """Made-up nouns of two syllables."""
    first = [f"{start}{vowel}{end}" for start, vowel, end in product(_STARTS, _VOWELS, _INNER_ENDS)]
    second = [f"{start}{vowel}{end}" for start, vowel, end in product(_STARTS, _VOWELS, _ENDS)]
    second += [f"{start}{end}" for start, end in product(_STARTS, _BARE_ENDS)]
    nouns = sorted({f"{one}{other}" for one, other in product(first, second)})
    return [(nouns[number], plural(nouns[number])) for number in _sample(len(nouns), _NOUNS, "plurals")]


def plural(noun: str) -> str:
    """The plural by the rules of spelling."""
    before = noun[-2]
    if noun.endswith("fe"):
        return f"{noun[:-2]}ves"
    if noun.endswith("f") and before != "f":
        return f"{noun[:-1]}ves"
    if noun.endswith("y") and before not in _VOWELS:
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "sh", "ch", "x")) or (noun.endswith("o") and before not in _VOWELS):
        return f"{noun}es"
    return f"{noun}zes" if noun.endswith("z") else f"{noun}s"


def _sample(size: int, count: int, name: str) -> list[int]:
    """`count` of the numbers below `size`, in a random order that is the same on every machine."""
    return sorted(range(size), key=lambda number: hashlib.sha256(f"{name} {number}".encode()).digest())[:count]


def _random(name: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % below


def rows() -> dict[str, list[tuple[str, str]]]:
    """Name -> the pairs of each shipped data set."""
    return {"dates": dates(), "plurals": plurals()}


def text_of(pairs: list[tuple[str, str]]) -> str:
    """The content of the file of these pairs."""
    return "".join(f"{source}\t{target}\n" for source, target in [("source", "target"), *pairs])


if __name__ == "__main__":
    for name, pairs in rows().items():
        (FOLDER / f"{name}.tsv").write_text(text_of(pairs), encoding="utf-8", newline="\n")
