"""What somebody else published of a study's arms, set beside what was found here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.factor_levels import split_levels
from results.page.elements import Table
from results.statistics import Interval, mean_interval
from results.tables.atomic_write import InputError


def published_tables(convergence: pd.DataFrame, settings: Mapping[str, Any]) -> list[Table]:
    """One table, of the points that the study names; none if it names none. InputError for one of an arm or a figure
    that there is not."""
    _check(convergence, settings.get("published", []), settings["arms"])
    rows = [
        [*map(str, levels.values()), point["arm"], point["figure"], str(point["epoch"]), _span(point),
         formatting.accuracy(found), _distance(found, point), formatting.span(seeds, 3) if seeds else "-", str(found.n)]
        for levels, at_levels in split_levels(convergence)
        for point in settings.get("published", [])
        for seeds in [_seeds(at_levels, point)]
        for found in [mean_interval(seeds)]
    ]  # fmt: skip
    if not rows:
        return []
    levels, _ = next(iter(split_levels(convergence)))
    return [
        Table(
            title="What was published, and what was found",
            note="Found: the mean over seeds on the evaluation set after that epoch, with its 95% interval. Off by: "
            "how far the mean is from what was published, in points of a hundred. Seeds: the lowest and the highest.",
            header=[*levels, "arm", "figure", "epoch", "published", "found", "off by", "seeds", "n"],
            rows=rows,
            source="convergence.csv",
        )
    ]


def _check(convergence: pd.DataFrame, points: Sequence[Mapping[str, Any]], arms: Collection[str]) -> None:
    for point in points:
        if point["arm"] not in arms or point["figure"] not in convergence.columns:
            raise InputError(
                f"provenance.json: parts.study.settings.published has {point['figure']} of {point['arm']}; expected an "
                "arm of the study and a column of convergence.csv"
            )


def _seeds(rows: pd.DataFrame, point: Mapping[str, Any]) -> list[float]:
    """The figure of each seed after that epoch."""
    there = rows[(rows["arm"] == point["arm"]) & (rows["epoch"] == point["epoch"])]
    return [float(value) for value in there[point["figure"]]]


def _span(point: Mapping[str, Any]) -> str:
    low, high = point["low"], point["high"]
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"


def _distance(found: Interval, point: Mapping[str, Any]) -> str:
    """0.0 inside the published span, else the way to its nearer end, with its sign."""
    if found.n == 0:
        return "-"
    inside = min(max(found.estimate, point["low"]), point["high"])
    return f"{100 * (found.estimate - inside):+.1f}" if found.estimate != inside else "0.0"
