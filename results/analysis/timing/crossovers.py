"""From which level on one arm needs less than another: in steps to 99%, in the time of a step, in the time to 99%.

A study is measured at a few levels. If the first arm is shown to need more at one level and less at the next, the
crossover lies between the two; where no difference is shown at the former, it may lie below that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from results.analysis.study.run_metrics import STEPS
from results.analysis.timing.training_time import Machine, TimeRatio, TrainingTimes
from results.statistics import Interval, Verdict

Word = Literal["less", "more", "no difference shown", "not testable", "not enough seeds"]
_OF_VERDICT: Mapping[Verdict, Word] = {
    "lower": "less",
    "higher": "more",
    "no difference shown": "no difference shown",
    "not testable": "not testable",
    "not enough seeds": "not enough seeds",
}


@dataclass(frozen=True)
class Crossover:
    """What one comparison shows at each level: whether the first arm needs less than the second."""

    points: Sequence[tuple[Any, Word]]
    """(level, word), in rising order of the levels."""

    @classmethod
    def of(cls, points: Iterable[tuple[Any, Word]]) -> Crossover:
        return cls(sorted(points, key=lambda point: float(point[0])))

    @property
    def bracket(self) -> tuple[Any | None, Any] | None:
        """(the last level before, the first level) of those up to the longest at which the first arm needs less.

        The former is None if it needs less at every level; None in place of both if it does not at the last one.
        """
        shown = [*itertools.takewhile(lambda point: point[1] == "less", reversed(self.points))]
        if not shown:
            return None
        before = self.points[: -len(shown)]
        return (before[-1][0] if before else None), shown[-1][0]

    def text(self) -> str:
        """`less from 10 to 40, no difference shown at 80`."""
        groups = [(word, [level for level, _ in at]) for word, at in itertools.groupby(self.points, lambda one: one[1])]
        return ", ".join(f"{word} {_at(levels)}" for word, levels in groups)


def axis_of(factors: Mapping[str, Sequence[Any]]) -> str | None:
    """The factor along which a study can have crossovers: its only one, if its levels are two numbers or more."""
    if len(factors) != 1:
        return None
    ((name, levels),) = factors.items()
    return name if len(levels) > 1 and all(type(level) in (int, float) for level in levels) else None


def seconds_word(ratio: TimeRatio) -> Word:
    """Whether the first arm reaches 99% in less time.

    If most runs of one arm do not reach 99%, their mean steps are at least those that are counted. So the ratio is a
    bound, and shows only that the other arm needs less. If most runs of neither arm do, it shows nothing.
    """
    word = _OF_VERDICT[ratio.judged.verdict]
    if not any(ratio.reached):
        return "no difference shown" if word in ("less", "more") else word
    bound: Word = "less" if ratio.reached[0] else "more"
    return word if all(ratio.reached) or word not in ("less", "more") or word == bound else "no difference shown"


def _shown(ratio: Interval) -> Word:
    """By the interval alone, without a correction for the number of ratios."""
    if not ratio.excludes(1.0):
        return "no difference shown"
    return "less" if ratio.estimate < 1 else "more"


def _at(levels: Sequence[Any]) -> str:
    return f"at {levels[0]}" if len(levels) == 1 else f"from {levels[0]} to {levels[-1]}"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A declared comparison along the axis of the study."""

    label: str
    steps: Crossover
    step_time: Mapping[Machine, Crossover]
    seconds: Mapping[Machine, Crossover]


def crossovers(found: TrainingTimes) -> list[Compared]:
    """Every comparison whose arms were timed; empty if the study has no axis."""
    axis = axis_of(found.settings["factors"])
    if axis is None:
        return []
    groups: dict[str, dict[Machine, list[TimeRatio]]] = {}
    for machine, ratios in found.ratios.items():
        for ratio in ratios:
            groups.setdefault(ratio.comparison.declared.label, {}).setdefault(machine, []).append(ratio)
    return [
        Compared(
            label=label,
            steps=Crossover.of((one.levels[axis], steps_word(one)) for one in next(iter(of_machine.values()))),
            step_time={
                machine: Crossover.of((one.levels[axis], _shown(one.step)) for one in ratios)
                for machine, ratios in of_machine.items()
            },
            seconds={
                machine: Crossover.of((one.levels[axis], seconds_word(one)) for one in ratios)
                for machine, ratios in of_machine.items()
            },
        )
        for label, of_machine in groups.items()
    ]


def steps_word(ratio: TimeRatio) -> Word:
    return _OF_VERDICT[ratio.comparison.effects[STEPS].verdict]
