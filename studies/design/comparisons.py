"""What a study compares, and which comparisons answer its question.

Without a declaration, each arm is compared with the baseline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seq2seq_core.config import ConfigError, suggest


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
class Source:
    """Where published values are from, and how they were measured."""

    citation: str
    """Such as "Wang 2023"."""
    place: str
    """Such as "Table 7"; the report has a table for each."""
    settings: str
    """The settings behind the values, in sentences."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published value, which the report shows beside the measured one. Values that are not published with their
    source, such as those that are quoted from memory, are not declared."""

    source: Source
    arm: str | None
    """The arm that repeats it; None for a model that the study does not have, beside which all arms are shown."""
    metric: str
    """A column of runs.csv; with `epoch` a column of convergence.csv, with `lengths` one of by_length.csv."""
    low: float
    """The published value; of a range its lower end."""
    high: float
    sd: float | None = None
    """The standard deviation over the runs of the publication."""
    model: str = ""
    """The published model in words, if it is not described by the arm."""
    epoch: int | None = None
    """The epoch after which the metric is measured, on the evaluation set."""
    lengths: tuple[int, ...] = ()
    """Lengths of sources; the value is the mean over them, in which each length has the same weight."""
    levels: Mapping[str, Any] = field(default_factory=dict)
    """Factor -> level, for some or all factors of the study; it is shown at all levels of the others."""


def check_comparisons(contrasts: Iterable[Contrast], switches: Iterable[Switch], arms: Collection[str]) -> None:
    """ConfigError for a comparison of an unknown arm, of an arm with itself, of no or repeated pairs, or whose label is
    empty or that of another one."""
    pairs_of = [(one.says, [(one.arm, one.against)]) for one in contrasts]
    pairs_of += [(one.says, list(one.pairs)) for one in switches]
    labels = [says for says, _ in pairs_of]
    for says, pairs in pairs_of:
        if not says.strip() or labels.count(says) > 1:
            raise ConfigError(f"a comparison is called {says!r}; expected words that no other comparison has")
        if not pairs or len(set(pairs)) < len(pairs):
            raise ConfigError(f"the comparison {says!r}: pairs {pairs!r}; expected at least one, without duplicates")
        for pair in pairs:
            for name in pair:
                if name not in arms:
                    raise ConfigError(f"a comparison names {name!r}, which is not an arm; {suggest(name, arms)}")
            if pair[0] == pair[1]:
                raise ConfigError(f"the comparison {says!r}: the arm {pair[0]!r} twice; expected two arms")


def check_published(
    published: Iterable[Published], arms: Collection[str], factors: Iterable[Mapping[str, Sequence[Any]]]
) -> None:
    """ConfigError for a value of an unknown arm or level, or without a single place in the tables. `factors`: those of
    each profile."""
    levels: dict[str, list[Any]] = {}
    for at_profile in factors:
        for factor, values in at_profile.items():
            levels[factor] = [*levels.get(factor, []), *values]
    for point in published:
        if point.arm is not None and point.arm not in arms:
            raise ConfigError(f"Published.arm: {point.arm!r} is not an arm; {suggest(point.arm, arms)}")
        if point.arm is None and not point.model:
            raise ConfigError("Published.model: '' is refused without an arm; expected words for the published model")
        if point.epoch is not None and point.lengths:
            raise ConfigError("Published: it has both epoch and lengths; expected one of them, or none")
        if not point.low <= point.high:
            raise ConfigError(f"Published: low {point.low} and high {point.high}; expected low of at most high")
        for factor, level in point.levels.items():
            if level not in levels.get(factor, []):
                known = ", ".join(f"{name} = {one!r}" for name, ones in levels.items() for one in dict.fromkeys(ones))
                raise ConfigError(
                    f"Published.levels: {factor} = {level!r} is no level of the study; expected {known or 'no levels'}"
                )
