"""The parts of a report, before they are Markdown or HTML: plain text throughout, escaped by the templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question, the sentence that answers it, and what stands behind it, short enough to be read at once."""

    question: str
    verdict: str
    """Empty where the rows answer nothing."""
    table: Table | None
    points: list[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    title: str
    note: str
    header: list[str]
    rows: list[list[str]]
    source: str
    """The table in the folder that it was made from."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    name: str
    """Its file in figures/ is named after it."""
    title: str
    caption: str
    alt: str
    source: str
    figure: Figure
    header: list[str]
    rows: list[list[str]]
    """The numbers that it draws, rounded for reading: summaries, where it also draws every raw row."""


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    paragraphs: list[str]
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
