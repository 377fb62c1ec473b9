"""The figures of the times of a study's arms: a value of each arm by the level of the study's factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.study.comparisons import declared_comparisons
from results.analysis.timing.crossovers import axis_of
from results.analysis.timing.training_time import ArmTime, Machine, TrainingTimes
from results.figures.arm_panels import plan_panels
from results.figures.by_level import LevelPanel
from results.page.elements import Figure
from results.statistics import Interval
from results.tables.study_schema import records


@dataclass(frozen=True, kw_only=True)
class _Value:
    name: str
    title: str
    axis: str
    """The label of the axis."""
    of: Callable[[ArmTime], Interval]
    source: str
    timed: bool = True
    """Whether it depends on the machine. Its axis is then logarithmic."""
    bounded: bool = False
    """Whether it is a lower bound where most runs do not reach 99%."""
    note: str = ""
    """A sentence of the caption, after a space."""


def _tokens(one: ArmTime) -> Interval:
    tokens, seconds = one.step.tokens_per_second, one.step.seconds
    low, high = (tokens * seconds.estimate / end for end in (seconds.high, seconds.low))
    return Interval(tokens, low, high, seconds.n)


_TIME = _Value(
    name="time_to_99",
    title="Time to 99%",
    axis="time to 99% (s)",
    of=lambda one: one.seconds_to_99,
    source="throughput.csv",
    bounded=True,
)
_ACCURACY = _Value(
    name="accuracy_by_level",
    title="Accuracy at the end",
    axis="Levenshtein accuracy",
    of=lambda one: one.summary.accuracy,
    source="runs.csv",
    timed=False,
    note=" On the test set, at the end of a run.",
)
_THROUGHPUT = _Value(
    name="throughput_by_level",
    title="Throughput of a training step",
    axis="target tokens per second",
    of=_tokens,
    source="throughput.csv",
    note=" Padding is not counted.",
)


def time_figure(found: TrainingTimes) -> Figure | None:
    return _by_level(found, _TIME)


def accuracy_figure(found: TrainingTimes) -> Figure | None:
    return _by_level(found, _ACCURACY)


def throughput_figure(found: TrainingTimes) -> Figure | None:
    return _by_level(found, _THROUGHPUT)


def _by_level(found: TrainingTimes, value: _Value) -> Figure | None:
    """Groups of arms side by side, machines one below the other; None for a study without an axis."""
    axis = axis_of(found.settings["factors"])
    if axis is None:
        return None
    machines = found.machines if value.timed else found.machines[:1]
    points = {machine: _points(found.on(machine), axis, value) for machine in machines}
    pairs = [pair for one in declared_comparisons(found.settings) for pair in one.pairs]
    plan = plan_panels(pd.concat(points.values()), pairs)
    panels = [
        LevelPanel(
            ", ".join(filter(None, [group.title, str(machine) if len(machines) > 1 else ""])),
            group,
            rows[rows["arm"].isin([*group.names])],
        )
        for machine, rows in points.items()
        for group in plan.groups
    ]
    bounded = any(rows["bound"].any() for rows in points.values())
    on = f", on {machines[0]}" if value.timed and len(machines) == 1 else ""
    return Figure(
        name=value.name,
        title=f"{value.title} by {axis}",
        caption=f"{value.title} with 95% intervals{on}{_logarithmic(points, value)}."
        f"{' Hollow markers are lower bounds: not every run reaches 99%.' * bounded}{value.note}"
        f"{plan.caption}",
        alt=f"Line chart of {value.axis} against {axis}, a line for each arm{_titles(panels)}.",
        source=value.source,
        drawing=figures.arms_by_level(panels, len(plan.groups), level=axis, value=value.axis, log=value.timed),
        header=[axis, "arm", *(["on"] if value.timed else []), value.axis],
        rows=_numbers(points, value),
    )


def _titles(panels: Sequence[LevelPanel]) -> str:
    """`, in panels: cpu, 1 thread; padded, cpu, 1 thread`; empty for one panel."""
    return f", in panels: {'; '.join(panel.title or 'the other arms' for panel in panels)}" if len(panels) > 1 else ""


def _logarithmic(points: Mapping[Machine, pd.DataFrame], value: _Value) -> str:
    """Which axes are logarithmic, as part of a sentence. That of levels is, if all are positive."""
    level = all((rows["level"] > 0).all() for rows in points.values())
    both = "; both axes are logarithmic" if level else "; the vertical axis is logarithmic"
    return both if value.timed else "; the horizontal axis is logarithmic" * level


def _points(times: Sequence[ArmTime], axis: str, value: _Value) -> pd.DataFrame:
    of_each = [(one, value.of(one)) for one in times]
    return pd.DataFrame(
        {
            "arm": [one.summary.arm for one, _ in of_each],
            "level": [one.summary.levels[axis] for one, _ in of_each],
            "estimate": [interval.estimate for _, interval in of_each],
            "low": [interval.low for _, interval in of_each],
            "high": [interval.high for _, interval in of_each],
            "bound": [value.bounded and one.bounded for one, _ in of_each],
        }
    )


def _numbers(points: dict[Machine, pd.DataFrame], value: _Value) -> list[list[str]]:
    return [
        [
            str(row.level),
            row.arm,
            *([str(machine)] if value.timed else []),
            f"{'≥ ' * row.bound}{formatting.measured(Interval(row.estimate, row.low, row.high, 0))}",
        ]
        for machine, rows in points.items()
        for row in records(rows)
    ]
