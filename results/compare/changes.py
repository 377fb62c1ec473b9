"""The output of a comparison of two folders: groups of changes, one line each, and the line that leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from results.analysis import formatting

Worse = Literal[
    "table missing",
    "row missing",
    "run no longer done",
    "verdict changed",
    "arm less accurate",
    "ratio higher",
    "aim missed",
]


@dataclass(frozen=True)
class Change:
    """One line of the output, with the values before and after."""

    text: str
    worse: Worse | None = None
    """The kind of deterioration; None if nothing got worse."""
    count: int = 1
    """The number of items on the line, such as rows."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Changes of one kind, with notes, which are no changes."""

    title: str
    changes: Sequence[Change]
    notes: Sequence[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Empty without changes and notes. Changes for the worse come first and are marked."""
        marked = [f"  worse  {change.text}" for change in self.changes if change.worse]
        plain = [f"         {change.text}" for change in self.changes if not change.worse]
        lines = [*marked, *plain, *(f"         ({note})" for note in self.notes)]
        return ["", self.title, *lines] if lines else []


def headline(changes: Sequence[Change]) -> str:
    """The result in a line, with a count for each kind of deterioration."""
    kinds: Counter[Worse] = Counter()
    for change in changes:
        if change.worse:
            kinds[change.worse] += change.count
    others = sum(not change.worse for change in changes)
    if kinds:
        counted = ", ".join(_counted(kind, number) for kind, number in kinds.items())
        return f"worse: {counted}" + (f"; {formatting.plural(others, 'other change')}" if others else "")
    return f"nothing got worse; {formatting.plural(others, 'change')}" if others else "no change"


def _counted(kind: Worse, number: int) -> str:
    """`1 row missing`, `2 rows missing`: the first word of the kind is the noun."""
    noun, _, what = kind.partition(" ")
    return f"{formatting.plural(number, noun)} {what}"
