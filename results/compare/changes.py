"""The output of a comparison of two folders: what got worse, what got better, and other changes, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["worse", "better", "other"]
TITLES: dict[Direction, str] = {"worse": "Worse in B", "better": "Better in B", "other": "Other changes"}


@dataclass(frozen=True)
class Change:
    """One line of the output, with the values in the first folder (A) and in the second (B)."""

    text: str
    direction: Direction = "other"
    size: float = 0.0
    """Sorts the changes of a kind: the largest comes first."""


def by_size(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: -change.size)


def as_lines(changes: Sequence[Change], notes: Sequence[str]) -> list[str]:
    """The result in a line, then the changes by their direction, then the notes."""
    directions = {change.direction for change in changes}
    lines = ["Something got worse." if "worse" in directions else "Nothing got worse." if changes else "No change."]
    for direction, title in TITLES.items():
        if direction in directions:
            found = [f"  {change.text}" for change in changes if change.direction == direction]
            lines += ["", title, *found]
    return [*lines, *([""] if changes and notes else []), *notes]
