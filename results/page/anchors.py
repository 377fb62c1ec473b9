"""The table of contents: a name in the page for every part that a link may lead to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from results.page.elements import Picture, Section, Table


@dataclass(frozen=True)
class Anchored:
    """A section with an anchor for itself, and for each of its pictures and tables, in their order."""

    anchor: str
    section: Section
    pictures: list[tuple[str, Picture]]
    tables: list[tuple[str, Table]]


def anchored(sections: Sequence[Section]) -> list[Anchored]:
    """An anchor follows from the kind and the title of what it leads to; of several alike, also from the place."""
    given: set[str] = set()
    return [
        Anchored(
            _anchor("section", section.title, given),
            section,
            [(_anchor("picture", picture.title, given), picture) for picture in section.pictures],
            [(_anchor("table", table.title, given), table) for table in section.tables],
        )
        for section in sections
    ]


def _anchor(kind: str, title: str, given: set[str]) -> str:
    """Letters of any title that a link can be written with; none that `given`, which it joins, has already."""
    name = f"{kind}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}"
    anchor, place = name, 1
    while anchor in given:
        place += 1
        anchor = f"{name}-{place}"
    given.add(anchor)
    return anchor
