"""The section on published values, beside the values measured here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import comparable, includes, split_levels
from results.errors import InputError
from results.page.elements import Section, Table
from results.statistics import Interval, mean_interval

_MOST_ROWS = 40
"""Rows of a table that is open"""
_MEASURED_NOTE = "Measured: the mean over seeds with its 95% interval."
_DIFFERENCE = "Difference: of the mean from the published value, or from the nearer end of a published range."
_SEEDS = "Seeds: the lowest and the highest value."
_OTHERS = "The published models are not trained here; the tables also show the arms of this study."


def published_section(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Section]:
    """A section with a table for each place that the study quotes, and what the study does otherwise; empty without
    published values.

    Raises InputError for a value of an unknown arm, metric or level.
    """
    places, left_out = _places(tables, settings), settings["published_left_out"]
    return [
        Section(
            title="Published and measured",
            paragraphs=[
                *[" ".join(_inside(places)) or _OTHERS] * bool(places),
                *[_left_out(left_out)] * bool(left_out),
                *["Differences from the published experiment:"] * bool(settings["differences"]),
            ],
            points=settings["differences"],
            tables=[_as_table(rows, table) for table, rows in places],
        )
    ] * bool(places or left_out)


def published_sentences(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[str]:
    """How many of the published values the runs repeat; empty if there is none that an arm repeats."""
    return _inside(_places(tables, settings))


def _places(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[tuple[str, list[_Row]]]:
    """The table and the rows of each place that the study quotes."""
    for point in settings["published"]:
        _check(point, tables, settings)
    return [
        (table, rows)
        for (_, table), points in groupby(settings["published"], key=lambda point: (point["source"], _table(point)))
        if table in tables
        for rows in [_rows(list(points), tables[table], [*settings["arms"]])]
        if rows
    ]


def _table(point: Mapping[str, Any]) -> str:
    """The table that has the metric of a published value."""
    return "convergence" if point["epoch"] is not None else "by_length" if point["lengths"] else "runs"


def _check(point: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> None:
    name, arms, factors = _table(point), settings["arms"], settings["factors"]
    known = point["arm"] is None or point["arm"] in arms
    known = known and (name not in tables or point["metric"] in tables[name].columns)
    for factor, level in point["levels"].items():
        known = known and comparable(level) in map(comparable, factors.get(factor, ()))
    if not known:
        raise InputError(
            f"provenance.json: parts.study.settings.published has {point['metric']} of {point['arm']}; expected an arm "
            f"and levels of the study, and a column of {name}.csv"
        )


@dataclass(frozen=True)
class _Row:
    """A published value beside the runs of an arm; one of the two may be missing."""

    point: Mapping[str, Any]
    levels: Mapping[str, Any]
    arm: str | None
    seeds: list[float]

    @property
    def repeated(self) -> bool:
        """Whether the row has the published value; other rows are arms shown beside it."""
        return bool(self.arm == self.point["arm"])

    @property
    def inside(self) -> bool:
        """Whether the published value is between the lowest and the highest seed, or its range overlaps with theirs.
        Measured values below 100 have the decimals in which they are printed."""
        lowest, highest = (round(end(self.seeds), self.places) for end in (min, max))
        return bool(lowest <= self.point["high"] and self.point["low"] <= highest)

    @property
    def places(self) -> int:
        """The decimals of measured values below 100: those of the published one, at least three, at most four."""
        published = (self.point["low"], self.point["high"], self.point["sd"] or 0)
        return 3 if all(round(value, 3) == round(value, 4) for value in published) else 4

    def cells(self) -> dict[str, str]:
        """Column -> cell."""
        measured = mean_interval(self.seeds)
        return {
            **{factor: str(level) for factor, level in self.levels.items()},
            "model": self.point["model"] or "-" if self.repeated else "-",
            "arm": self.arm or "-",
            "metric": self.point["metric"],
            "at": _at(self.point),
            "published": _published(self.point) if self.repeated else "-",
            "measured": "-" if self.arm is None else _measured(measured, self.places),
            "difference": _difference(measured, self.point, self.places) if self.seeds and self.repeated else "-",
            "seeds": _ends(self.seeds, self.places) if self.seeds else "-",
            "n": "-" if self.arm is None else str(measured.n),
        }


def _rows(points: Sequence[Mapping[str, Any]], table: pd.DataFrame, arms: Sequence[str]) -> list[_Row]:
    return [
        _Row(point, levels, arm, [] if arm is None else _seeds(group, point, arm))
        for levels, group in split_levels(table)
        for point, shown in _with_arms([point for point in points if includes(levels, point["levels"])], arms)
        for arm in shown
    ]


def _as_table(rows: Sequence[_Row], name: str) -> Table:
    """`name`: the table that the rows are from."""
    source = rows[0].point["source"]
    cells = [row.cells() for row in rows]
    absent = [column for column in ("model", "difference") if all(row[column] == "-" for row in cells)]
    header = [column for column in cells[0] if column not in absent]
    return Table(
        title=f"{source['citation']}, {source['place']}",
        note=" ".join(
            filter(None, [source["settings"], _MEASURED_NOTE, _DIFFERENCE * ("difference" in header), _SEEDS])
        ),
        header=header,
        rows=[[row[column] for column in header] for row in cells],
        source=f"{name}.csv",
        folded=len(rows) > _MOST_ROWS,
    )


def _with_arms(
    points: Sequence[Mapping[str, Any]], arms: Sequence[str]
) -> Iterator[tuple[Mapping[str, Any], list[str | None]]]:
    """Yields each value with the arms of its rows; the last of several models that no arm repeats has all arms."""
    for place, point in enumerate(points, start=1):
        following: Mapping[str, Any] = points[place] if place < len(points) else {}
        last = any(following.get(key) != point[key] for key in ("arm", "metric", "epoch", "lengths"))
        yield point, [point["arm"], *(arms if point["arm"] is None and last else ())]


def _seeds(rows: pd.DataFrame, point: Mapping[str, Any], arm: str) -> list[float]:
    """The metric of each seed of an arm at these levels, of the runs that have it; of runs.csv, those that are done."""
    rows = rows[rows["arm"] == arm]
    if "status" in rows:
        rows = rows[rows["status"] == "done"]
    if point["epoch"] is not None:
        rows = rows[rows["epoch"] == point["epoch"]]
    if point["lengths"]:
        rows = rows[rows["length"].isin(point["lengths"])]
    means = rows.dropna(subset=point["metric"]).groupby("seed")[point["metric"]].agg(["mean", "size"])
    complete = means["size"] == (len(point["lengths"]) or 1)
    return [float(mean) for mean in means.loc[complete, "mean"]]


def _inside(places: Sequence[tuple[str, Sequence[_Row]]]) -> list[str]:
    """How many published values the runs repeat, and how many have no run; empty if no arm repeats any."""
    repeated = [row for _, rows in places for row in rows if row.repeated and row.arm is not None]
    found = [row for row in repeated if row.seeds]
    inside = sum(row.inside for row in found)
    missing = len(repeated) - len(found)
    overlap = " (or their ranges overlap)" * any(row.point["low"] < row.point["high"] for row in found)
    counted = (
        f"{inside} of {formatting.plural(len(found), 'published value')} "
        f"{'lies' if len(found) == 1 else 'lie'} between the lowest and the highest value over the seeds{overlap}."
    )
    value = f"{'more ' * bool(found)}published value"
    absent = f"{formatting.plural(missing, value)} {'is' if missing == 1 else 'are'} without such runs (missing)."
    return [*[counted] * bool(found), *[absent] * bool(missing)]


def _left_out(count: int) -> str:
    return (
        f"{formatting.plural(count, 'published value')} {'is' if count == 1 else 'are'} left out: these runs have a "
        "shorter training than the study declares, or other settings, so their values cannot be compared."
    )


def _at(point: Mapping[str, Any]) -> str:
    """`epoch 3`, `lengths 1 to 5, 16 to 30`, or `the end`."""
    if point["epoch"] is not None:
        return f"epoch {point['epoch']}"
    if not point["lengths"]:
        return "the end"
    spans: list[list[int]] = []
    for length in sorted(point["lengths"]):
        if spans and length == spans[-1][-1] + 1:
            spans[-1].append(length)
        else:
            spans.append([length])
    return f"length{'s' * (len(point['lengths']) > 1)} {', '.join(formatting.span(span) for span in spans)}"


def _number(value: float) -> str:
    """`1,466,396`, `37.96`, `0.9998`, `0.72`: no decimals from 100 on, below two to four."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.4f}"
    return text[:-2] + text[-2:].rstrip("0")


def _published(point: Mapping[str, Any]) -> str:
    text = " to ".join(dict.fromkeys([_number(point["low"]), _number(point["high"])]))
    return text if point["sd"] is None else f"{text} ± {_number(point['sd'])}"


def _measured(interval: Interval, places: int) -> str:
    if interval.n == 0:
        return "missing"
    return formatting.large(interval) if abs(interval.estimate) >= 100 else formatting.fraction(interval, places)


def _difference(measured: Interval, point: Mapping[str, Any], places: int) -> str:
    """0 inside the published range, else the signed distance to its nearer end."""
    away = measured.estimate - min(max(measured.estimate, point["low"]), point["high"])
    return f"{away:+,.0f}" if abs(point["high"]) >= 100 else f"{away:+z.{places}f}"


def _ends(seeds: Sequence[float], places: int) -> str:
    ends = min(seeds), max(seeds)
    return " to ".join(dict.fromkeys(f"{end:,.0f}" if abs(end) >= 100 else f"{end:.{places}f}" for end in ends))
