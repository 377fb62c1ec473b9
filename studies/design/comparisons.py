"""What a study compares. Without a declaration, each arm is compared with the baseline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contrast:
    """A comparison of two arms that differ in one thing."""

    arm: str
    against: str
    says: str
    """The difference in words, for the report, such as "a decoder state that never advances"."""


@dataclass(frozen=True)
class Switch:
    """A comparison over pairs of arms, all of which differ in the same thing."""

    says: str
    """The difference in words, for the report, such as "attention before the cell, not after it"."""
    pairs: tuple[tuple[str, str], ...]
    """(with, without)"""


@dataclass(frozen=True)
class Published:
    """A published result for an arm, which the report shows beside the measured one."""

    arm: str
    figure: str
    """A column of convergence.csv."""
    epoch: int
    low: float
    high: float
