"""What a study compares, and which comparisons answer its question.

Without a declaration, each arm is compared with the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How the comparisons answer the study's question, which is one of yes or no."""

    comparisons: tuple[str, ...]
    """The comparisons that decide: the words of contrasts and switches, or "ARM against BASELINE" without any."""
    yes: str
    """The effect on the primary metric that means yes: "lower" (for steps: fewer), "higher", or "different" if either
    does, in any of the comparisons."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """Words for the sentences of the report: an arm, a comparison or a level such as "score = none" -> a phrase such as
    "without attention". By default "with ARM" and "at LEVEL"."""
    left_out: tuple[str, ...] = ()
    """Comparisons that decide too, but need an arm that a command leaves out (see `selection`)."""


@dataclass(frozen=True)
class Published:
    """A published result for an arm, which the report shows beside the measured one."""

    arm: str
    figure: str
    """A column of convergence.csv."""
    epoch: int
    low: float
    high: float
