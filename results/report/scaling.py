"""The answer and the section on how the cost of a training step, a study and a report grows with their sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.timing.scaling import AXES, TOLERANCE, WORKS, Growth, growths, overall_word
from results.analysis.timing.self_check import cautions, is_smoke
from results.figures.growth import GrowthPanel
from results.page.elements import Answer, Figure, Section, Table
from results.page.provenance import measured_on
from results.statistics import MINIMUM_ROUNDS
from results.tables.study_schema import records

QUESTION = "Does the cost grow at most as fast as the work?"
MOST_NAMED = 3
"""The most growth curves that the answer names."""
REASONS = {
    (
        "concat",
        "length",
    ): "The score concat, computed as its paper writes it, multiplies its weights with every pair of a query "
    "and a key, so its products grow with the number of pairs. The least work is that of additive, which is the same "
    "function and multiplies them with every query and every key.",
    (
        "none",
        "length",
    ): "Without attention, a training step spends its time in the loops over the steps of the cells. The views of "
    "all steps are made before a loop; of a long sequence, they probably no longer fit the cache.",
}
"""Score, or none, and axis -> why its training step grows faster than its work."""
_COST = {"step": ("ms a step", 1e3), "study": ("ms a run", 1e3), "report": ("s a report", 1.0)}
"""Work -> the unit of its cost, and how many of them a second has."""


def scaling_answer(scaling: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """Raises InputError for sizes that are not positive. `parts` are the provenance of the measurements."""
    lines = growths(scaling)
    smoke = is_smoke(parts)
    verdict = bool(lines) and not smoke
    return Answer(
        question=QUESTION,
        word=overall_word(lines) if verdict else "No verdict",
        text=" ".join(_sentences(lines)) if verdict else "",
        basis=f"{measured_on(parts)} A growth curve is a model, a storage or the report, timed at several sizes: a "
        "model in interleaved rounds, a study once at each size, one after the other; a slope is the exponent of the "
        "growth, by least squares on logarithms. The work is the least number of operations of a training step, the "
        "runs of a study, the rows of a report.",
        cautions=cautions(parts),
        figure=_slopes_figure(lines),
        table=_summary(lines, smoke) if lines else None,
        points=[
            f"Yes: the 95% intervals of the slope, over all sizes and between the two largest, lie below that of the "
            f"work plus {TOLERANCE:g}. No: one lies above it. Between two sizes that are timed once each, the slope "
            "has no interval: it must lie below for yes, and never means no.",
        ],
    )


def _sentences(lines: Sequence[Growth]) -> Iterator[str]:
    """The lines that grow faster than their work, the steepest first; then the cost of a run."""
    faster = sorted((line for line in lines if line.word() == "No"), key=lambda line: -line.excess)
    for line in faster[:MOST_NAMED]:
        yield (
            f"The time of a {WORKS[line.work]} ({line.name}) grows as the {AXES[line.axis].partition(' (')[0]} to the "
            f"power {formatting.slope(line.slope)}, between the two largest sizes to the power "
            f"{formatting.slope(line.last)}; the work to the power {line.work_slope:.2f} and {line.last_work:.2f}."
        )
    if len(faster) > MOST_NAMED:
        others = formatting.plural(len(faster) - MOST_NAMED, "other growth curve")
        yield f"Growth faster than that of the work is also shown in {others}."
    for line in (line for line in lines if line.work == "study"):
        costs = line.points["seconds"] / line.points["size"] * 1e3
        first, last = line.points["size"].iloc[[0, -1]]
        yield (
            f"{formatting.capital(line.name)}: {formatting.rounded(costs.iloc[0])} ms a run at {first:,} runs, "
            f"{formatting.rounded(costs.iloc[-1])} ms at {last:,}."
        )


def _summary(lines: Sequence[Growth], smoke: bool) -> Table:
    groups: dict[tuple[str, str], list[Growth]] = {}
    for line in lines:
        groups.setdefault((line.work, line.axis), []).append(line)
    return Table(
        title="Slopes",
        note="The range over the growth curves; 1 is linear growth, 2 quadratic.",
        header=["cost", "by", "sizes", "curves", "slope", "of the work", "grows faster than the work"],
        rows=[
            [
                WORKS[work],
                AXES[axis],
                _sizes(group),
                str(len(group)),
                formatting.span([line.slope.estimate for line in group], 2),
                formatting.span([line.work_slope for line in group], 2),
                "-" if smoke else str(sum(line.word() == "No" for line in group) or "none"),
            ]
            for (work, axis), group in groups.items()
        ],
        source="scaling.csv",
    )


def _sizes(group: Sequence[Growth]) -> str:
    sizes = [int(size) for line in group for size in line.points["size"]]
    return f"{min(sizes):,} to {max(sizes):,}"


def scaling_section(scaling: pd.DataFrame, *, verdicts: bool) -> Section:
    lines = growths(scaling)
    return Section(
        title="How cost grows",
        paragraphs=[
            "A training step is forward, loss, backward and update, on one thread. In a round, all sizes of a "
            "growth curve are timed in a shuffled order, so each round has a slope; the slope of a curve is their "
            f"median, with the interval of the sign test. With fewer than {MINIMUM_ROUNDS} rounds, the slope is fitted "
            "to all times at once, with the interval of Student's t. The work of a step is its least number of "
            "matrix products, tanhs, reciprocals and bytes, each at its peak rate on this machine; padding is not "
            "counted.",
            "A study is a command from its plan to its tables: 4 arms of the study `attention`, with runs of one "
            "training step. Its work is the number of runs. On a Dask cluster, the workers run before the command "
            "starts. The bare training trains the same runs one after the other, without the engine. A report is built "
            "from the tables of such a study; its work is their number of rows.",
            "At small sizes, costs that do not depend on the size make a slope flat: it lies below that of the work.",
            *dict.fromkeys(
                REASONS[line.score, line.axis]
                for line in lines
                if verdicts and (line.score, line.axis) in REASONS and line.word() == "No"
            ),
        ],
        tables=[_lines_table(lines, verdicts=verdicts), *_costs(lines)],
        figures=_curves(lines),
    )


def _lines_table(lines: Sequence[Growth], *, verdicts: bool) -> Table:
    return Table(
        title="Every growth curve",
        note="Slopes with 95% intervals, over all sizes and between the two largest. n rounds of each size, or more.",
        header=["cost", "by", "curve", "n", "slope", "work", "two largest", "work of these", "no faster than the work"],
        rows=[
            [WORKS[line.work], AXES[line.axis], line.name, str(line.rounds), formatting.slope(line.slope),
             f"{line.work_slope:.2f}", formatting.slope(line.last), f"{line.last_work:.2f}",
             line.word().lower() if verdicts else "-"]
            for line in lines
        ],
        source="scaling.csv",
        folded=True,
    )  # fmt: skip


def _costs(lines: Sequence[Growth]) -> list[Table]:
    """For each work, the cost at each size; that of a study is per run."""
    tables = []
    for work, (unit, _) in _COST.items():
        rows = [
            [line.name, AXES[line.axis], f"{point.size:,}", formatting.rounded(point.cost), str(point.rounds)]
            for line in lines
            if line.work == work
            for point in records(_cost(line))
        ]
        if rows:
            header = ["line", "by", "size", unit, "rounds"]
            title, note = f"Cost of a {WORKS[work]}", "Medians over the rounds."
            tables.append(
                Table(title=title, note=note, header=header, rows=rows, source="scaling.csv", folded=work == "step")
            )
    return tables


def _cost(line: Growth) -> pd.DataFrame:
    """The columns size, cost in its unit, and rounds."""
    points, factor = line.points, _COST[line.work][1]
    units = points["size"] if line.work == "study" else 1
    return points.assign(cost=points["seconds"] * factor / units)[["size", "cost", "rounds"]]


def _slopes_figure(lines: Sequence[Growth]) -> Figure | None:
    """The slopes of training steps; None without any."""
    steps = [line for line in lines if line.work == "step"]
    if not steps:
        return None
    panels: dict[str, list[dict[str, Any]]] = {}
    for line in steps:
        panels.setdefault(AXES[line.axis], []).append(
            {
                "name": line.name,
                "slope": line.slope.estimate,
                "low": line.slope.low,
                "high": line.slope.high,
                "work": line.work_slope,
                "above": line.word() == "No",
            }
        )
    return Figure(
        name="slopes",
        title="Slopes of a training step beside those of its work",
        caption="The slope over all sizes with its 95% interval. A curve is marked as faster than its work by this "
        "slope or by the one between the two largest sizes.",
        alt="Chart of the slope of every model beside the slope of its work, a panel for each axis.",
        source="scaling.csv",
        drawing=figures.slope_intervals({axis: pd.DataFrame(rows) for axis, rows in panels.items()}),
        header=["by", "curve", "slope", "work"],
        rows=[[AXES[line.axis], line.name, formatting.slope(line.slope), f"{line.work_slope:.2f}"] for line in steps],
    )


def _curves(lines: Sequence[Growth]) -> list[Figure]:
    """A figure for each work."""
    drawn = []
    for work, (unit, _) in _COST.items():
        panels: dict[str, dict[str, pd.DataFrame]] = {}
        for line in lines:
            if line.work == work:
                panels.setdefault(AXES[line.axis], {})[line.name] = _cost(line)
        if panels:
            drawn.append(
                Figure(
                    name=f"growth_{work}",
                    title=f"Cost of a {WORKS[work]} by size",
                    caption="Medians over the rounds; both axes are logarithmic.",
                    alt=f"Line chart of the cost of a {WORKS[work]} against {formatting.listed([*panels])}.",
                    source="scaling.csv",
                    drawing=figures.growth_curves([GrowthPanel(*panel) for panel in panels.items()], unit),
                    header=["by", "line", "size", unit],
                    rows=[
                        [axis, name, f"{point.size:,}", formatting.rounded(point.cost)]
                        for axis, named in panels.items()
                        for name, points in named.items()
                        for point in records(points)
                    ],
                )
            )
    return drawn
