"""What a comparison of two folders says: changes, in groups, each a line; and the line that leads."""

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
    "verdict turned",
    "arm less accurate",
    "ratio higher",
    "aim missed",
]


@dataclass(frozen=True)
class Change:
    """One line: what was, and what is."""

    says: str
    worse: Worse | None = None
    """In which way it is worse; None if it is not."""
    count: int = 1
    """How many it is of that kind."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Changes of one kind of thing, and what has to be known beside them; notes are no changes."""

    title: str
    changes: Sequence[Change]
    notes: Sequence[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """None where there is nothing to say. What is worse stands first, and is marked."""
        marked = [f"  worse  {change.says}" for change in self.changes if change.worse]
        plain = [f"         {change.says}" for change in self.changes if not change.worse]
        said = [*marked, *plain, *(f"         ({note})" for note in self.notes)]
        return ["", self.title, *said] if said else []


def headline(changes: Sequence[Change]) -> str:
    """What came of it all, in a line: what got worse is counted by its kind."""
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
    """`1 row missing`, `2 rows missing`: the first word is what is counted."""
    noun, _, what = kind.partition(" ")
    return f"{formatting.plural(number, noun)} {what}"
