"""The elements of a report before they are Markdown or HTML. All text is plain; the templates escape it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from results.tables.atomic_write import plain_name

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question, its answer in a word and a few sentences, and the evidence in brief."""

    question: str
    word: str
    """`Yes`, `No`, `Not shown` or another answer of a few words, without a period; empty if the rows answer nothing."""
    text: str
    """The sentences that follow the word, with their numbers; empty if there is nothing to say."""
    basis: str = ""
    """What was measured, how often, and on which machine; empty if the sentences say it."""
    cautions: list[str] = field(default_factory=list)
    """Sentences that stand before the answer: a smoke run, a noisy machine."""
    figure: Figure | None = None
    """The figure that shows the answer."""
    table: Table | None
    points: list[str]
    """Further sentences, below the table."""

    @property
    def headline(self) -> str:
        """`Yes. With attention all 10 runs reach 99%.`; empty without an answer."""
        return " ".join(filter(None, [f"{self.word}." if self.word else "", self.text]))


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str
    note: str
    header: list[str]
    rows: list[list[str]]
    source: str
    """The CSV file that the table is made from."""
    folded: bool = False
    """Whether the page shows only the title until a reader opens it."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    name: str
    """The name of its file in figures/."""
    title: str
    caption: str
    alt: str
    source: str
    drawing: matplotlib.figure.Figure
    header: list[str]
    rows: list[list[str]]
    """The numbers drawn, as text: summaries if the figure also draws every raw row."""
    folded: bool = False
    """Whether the page shows only the title until a reader opens it."""

    @property
    def cells(self) -> int:
        return len(self.rows) * len(self.header)


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    paragraphs: list[str]
    points: list[str] = field(default_factory=list)
    """A list that follows the paragraphs."""
    tables: list[Table] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a report, as NAME.html and NAME.md."""

    name: str
    answers: Sequence[Answer]
    sections: Sequence[Section]
    """What supports the answers. A page has an answer or a section."""
    parts: Mapping[str, Any]
    """The parts of the provenance of the page's rows."""

    @property
    def title(self) -> str:
        return self.answers[0].question if self.answers else self.sections[0].title


@dataclass(frozen=True)
class Anchored:
    """A section with an anchor for itself, and for each of its figures and tables, in their order."""

    anchor: str
    section: Section
    figures: list[tuple[str, Figure]]
    tables: list[tuple[str, Table]]


def anchored(sections: Sequence[Section]) -> list[Anchored]:
    """Adds anchors, which follow from kind and title; elements with the same title are numbered."""
    taken: set[str] = set()
    return [
        Anchored(
            _anchor("section", section.title, taken),
            section,
            [(_anchor("figure", figure.title, taken), figure) for figure in section.figures],
            [(_anchor("table", table.title, taken), table) for table in section.tables],
        )
        for section in sections
    ]


def _anchor(kind: str, title: str, taken: set[str]) -> str:
    """An anchor of letters, digits and hyphens that is not in `taken`, to which it is added."""
    name = f"{kind}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}"
    anchor, number = name, 1
    while anchor in taken:
        number += 1
        anchor = f"{name}-{number}"
    taken.add(anchor)
    return anchor


def file_names(names: Iterable[str]) -> list[str]:
    """A file name for each figure, in its order, no two the same: names of extra metrics come from the user."""
    taken: set[str] = set()

    def file_name(name: str) -> str:
        number = 1
        file = plain = plain_name(name)
        while file.lower() in taken:  # some file systems ignore case
            number += 1
            file = f"{plain}_{number}"
        taken.add(file.lower())
        return file

    return [file_name(name) for name in names]
