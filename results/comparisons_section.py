"""What a report says of a study's own comparisons: a paragraph that leads, and the tables behind it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from results import wording
from results.comparisons import ACCURACY, CURVE, Comparison, Measured, contrasts, own_measures, switches
from results.levels import label
from results.page import Section
from results.page import Table as PageTable
from results.published_table import published_tables
from results.statistics import Difference

AtLevels = TypeVar("AtLevels", Comparison, Measured)


def comparison_sentences(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[str]:
    """A paragraph for each combination of levels, and one for the study's own measures."""
    leading = [ACCURACY, *([CURVE] if settings.get("primary") == "steps_to_99" else [])]
    changes = [*contrasts(tables, settings), *(over_all for over_all, *_ in switches(tables, settings))]
    paragraphs = []
    for place, these in _grouped(changes):
        said = "; ".join(_sentence(change, leading) for change in these)
        opening = f"At {place}, what" if place else "What"
        paragraphs.append(f"{opening} each change does: {said}.")
    named = {settings["baseline"], *(point["arm"] for point in settings.get("published", []))}
    for place, measured in _grouped(own_measures(tables, settings)):
        said = ", ".join(f"{one.arm} {wording.signed(one.beyond)}" for one in measured if one.arm in named)
        opening = f"At {place}, on" if place else "On"
        paragraphs.append(f"{opening} the same runs, {measured[0].measure} less Levenshtein accuracy: {said}.")
    return paragraphs


def comparisons_section(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Section]:
    """One section, or none if the study compares nothing beyond its arms with the baseline."""
    found = [
        *_contrast_tables(contrasts(tables, settings)),
        *_switch_tables(switches(tables, settings)),
        *_measure_tables(own_measures(tables, settings)),
        *(published_tables(tables["convergence"], settings) if "convergence" in tables else []),
    ]
    paragraph = (
        "Differences are with the change less without it, paired by seed, with 95% intervals, over runs that are done; "
        f"the {CURVE} is that of the Levenshtein accuracy on the evaluation set, larger the sooner and the higher a "
        "curve rises. Over several pairs of arms, a seed counts only if all of them are done on it. The rule for a "
        "real difference is the one below."
    )
    return [Section(title="What each change does", paragraphs=[paragraph], tables=found)] if found else []


def _sentence(change: Comparison, leading: Sequence[str]) -> str:
    names = [name for name in change.differences if name in leading or name not in (ACCURACY, CURVE)]
    figures = ", ".join(f"{name} {_difference(change.differences[name])}" for name in names)
    n = min(change.differences[name].interval.n for name in names)
    return f"{change.says} ({change.arm} against {change.against}): {figures} (n = {n})".replace(
        "(all pairs against )", "(mean over the pairs of arms)"
    )


def _difference(difference: Difference) -> str:
    return f"{wording.signed(difference.interval)}, {wording.verdict(difference)}"


def _contrast_tables(found: Sequence[Comparison]) -> list[PageTable]:
    return _table("One change at a time", "Each arm differs from the other in what is said.", found)


def _switch_tables(found: Sequence[Sequence[Comparison]]) -> list[PageTable]:
    return _table(
        "One change in many arms",
        "First the mean over all pairs of arms that differ in it alone, then each pair.",
        list(itertools.chain(*found)),
    )


def _measure_tables(found: Sequence[Measured]) -> list[PageTable]:
    if not found:
        return []
    return [
        PageTable(
            title="The study's own measures",
            note="Means over seeds on the test set, and the measure less the Levenshtein accuracy of the same runs.",
            header=[*found[0].levels, "arm", "measure", "mean", "less Levenshtein accuracy", "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.arm,
                    one.measure,
                    wording.accuracy(one.mean),
                    wording.signed(one.beyond),
                    str(one.mean.n),
                ]
                for one in found
            ],
            source="runs.csv",
        )
    ]


def _table(title: str, note: str, found: Sequence[Comparison]) -> list[PageTable]:
    if not found:
        return []
    names = list(found[0].differences)
    return [
        PageTable(
            title=title,
            note=f"{note} Each difference with its p of the two-sided sign-flip test, and the verdict.",
            header=[*found[0].levels, "change", "arm", "against", *names, "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.says,
                    one.arm,
                    one.against or "-",
                    *(_with_p(one.differences[name]) for name in names),
                    str(one.differences[ACCURACY].interval.n),
                ]
                for one in found
            ],
            source="runs.csv and convergence.csv",
        )
    ]


def _with_p(difference: Difference) -> str:
    p = f"p = {wording.probability(difference.p)}".replace("= <", "<")
    return f"{wording.signed(difference.interval)}, {p}, {wording.verdict(difference)}"


def _grouped(found: Sequence[AtLevels]) -> Iterable[tuple[str, list[AtLevels]]]:
    by_place: dict[str, list[AtLevels]] = {}
    for one in found:
        by_place.setdefault(label(one.levels), []).append(one)
    return by_place.items()
