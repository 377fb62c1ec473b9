"""Published values of a study's arms beside the values measured here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import split_levels
from results.page.elements import Table
from results.statistics import Interval, mean_interval
from results.tables.atomic_write import InputError


def published_tables(convergence: pd.DataFrame, settings: Mapping[str, Any]) -> list[Table]:
    """A table of the published points that the study declares; empty without one.

    Raises InputError for a point of an unknown arm or metric.
    """
    _check(convergence, settings.get("published", []), settings["arms"])
    rows = [
        [*map(str, levels.values()), point["arm"], point["figure"], str(point["epoch"]), _span(point),
         formatting.fraction(measured), _distance(measured, point), formatting.span(seeds, 3) if seeds else "-",
         str(measured.n)]
        for levels, at_levels in split_levels(convergence)
        for point in settings.get("published", [])
        for seeds in [_seeds(at_levels, point)]
        for measured in [mean_interval(seeds)]
    ]  # fmt: skip
    if not rows:
        return []
    levels, _ = next(iter(split_levels(convergence)))
    return [
        Table(
            title="Published and measured values",
            note="Measured: the mean over seeds on the evaluation set after that epoch, with its 95% interval. Off "
            "by: the distance of the mean from the published value, in percentage points. Seeds: the lowest and the "
            "highest.",
            header=[*levels, "arm", "metric", "epoch", "published", "measured", "off by", "seeds", "n"],
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
    """The metric of each seed after that epoch."""
    at_epoch = rows[(rows["arm"] == point["arm"]) & (rows["epoch"] == point["epoch"])]
    return [float(value) for value in at_epoch[point["figure"]]]


def _span(point: Mapping[str, Any]) -> str:
    low, high = point["low"], point["high"]
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"


def _distance(measured: Interval, point: Mapping[str, Any]) -> str:
    """0.0 inside the published range, else the signed distance to its nearer end."""
    if measured.n == 0:
        return "-"
    nearest = min(max(measured.estimate, point["low"]), point["high"])
    return f"{100 * (measured.estimate - nearest):+.1f}" if measured.estimate != nearest else "0.0"
