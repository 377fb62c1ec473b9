"""What a study wants said of its arms beyond each against the baseline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contrast:
    """An arm that differs from another in one thing, which the report says in words."""

    arm: str
    against: str
    says: str
    """What was changed, such as "a decoder state that never advances"."""


@dataclass(frozen=True)
class Switch:
    """One thing that many arms differ in: pairs of arms that are the same but for it."""

    says: str
    """What was changed, such as "attention before the cell, not after it"."""
    pairs: tuple[tuple[str, str], ...]
    """(with, without)"""


@dataclass(frozen=True)
class Published:
    """What somebody else published of an arm, for the report to set beside what is found here."""

    arm: str
    figure: str
    """A column of convergence.csv."""
    epoch: int
    low: float
    high: float
