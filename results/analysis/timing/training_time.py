"""The time that an arm needs to reach 99%: its steps times the time of a step, which `retrograde bench --of` measures.

The steps are those of the study's runs, and the time of a step is measured alone, in interleaved rounds. The two are
independent, so the interval of their product follows from theirs (`combine_ratios`). A run that does not reach 99%
counts as its full budget, as in the ratios of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.comparisons import ArmPair, Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import STEPS
from results.analysis.timing.suites import ratio_interval
from results.statistics import Interval, combine_ratios, mean_interval, median_interval
from results.tables.column import plural
from results.tables.study_cases import case_name, packed_candidate
from results.tables.study_schema import records

TRAINING, GREEDY = "study_training", "study_greedy"


@dataclass(frozen=True)
class Machine:
    device: str
    threads: int

    def __str__(self) -> str:
        return f"{self.device}, {plural(self.threads, 'thread')}"


@dataclass(frozen=True)
class CallTime:
    """A training step of an arm, or greedy decoding of a batch."""

    seconds: Interval
    """The median over the rounds."""
    ratio: Interval
    """Its time over that of the study's baseline, in interleaved rounds."""
    tokens_per_second: float
    peak_bytes: float


@dataclass(frozen=True, kw_only=True)
class ArmTime:
    """An arm at one combination of levels on one machine."""

    machine: Machine
    summary: ArmSummary
    step: CallTime
    decoding: CallTime | None
    exact_over_packed: Interval | None
    """The time of a step with packing `padded_exact` over that with `packed`, which computes the same values; None for
    an arm with another packing."""

    @cached_property
    def seconds_to_99(self) -> Interval:
        """The mean steps to 99%, within the budget, times the time of a step."""
        return combine_ratios(self._mean_steps, self.step.seconds)

    @property
    def arrives(self) -> bool:
        """Whether more than half of the runs reach 99%."""
        return 2 * self.summary.time_to_99.reached > self.summary.time_to_99.n

    @property
    def censored(self) -> bool:
        return self.summary.time_to_99.reached < self.summary.time_to_99.n

    @property
    def _mean_steps(self) -> Interval:
        return mean_interval(np.minimum(self.summary.steps, self.summary.budget).tolist())


@dataclass(frozen=True, kw_only=True)
class TimeRatio:
    """Two arms of a declared comparison at one combination of levels on one machine: the first over the second."""

    comparison: Comparison
    label: str
    """The words of the comparison; with the first arm, if it has several pairs."""
    steps: Interval
    """Of the mean steps to 99%."""
    step: Interval
    """Of the times of a step."""
    arrive: tuple[bool, bool]
    """Whether more than half of the runs of each arm reach 99%."""

    @property
    def levels(self) -> Mapping[str, Any]:
        return self.comparison.levels

    @cached_property
    def seconds(self) -> Interval:
        """Of the times to 99%."""
        return combine_ratios(self.steps, self.step)


@dataclass(frozen=True, kw_only=True)
class TrainingTimes:
    """The times of a study's arms, and what is compared."""

    settings: Mapping[str, Any]
    comparisons: Sequence[Comparison]
    times: Sequence[ArmTime]

    @cached_property
    def machines(self) -> list[Machine]:
        return [*dict.fromkeys(one.machine for one in self.times)]

    @cached_property
    def ratios(self) -> dict[Machine, list[TimeRatio]]:
        return {machine: [*_time_ratios(self.comparisons, self.on(machine))] for machine in self.machines}

    def on(self, machine: Machine) -> list[ArmTime]:
        return [one for one in self.times if one.machine == machine]


def training_times(
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
) -> TrainingTimes | None:
    """None unless the folder holds times of this study's arms, with their rounds."""
    if "throughput" not in tables or "rounds" not in tables:
        return None
    times = _arm_times(summaries, tables["throughput"], tables["rounds"])
    return TrainingTimes(settings=settings, comparisons=comparisons, times=times) if times else None


def _arm_times(summaries: Sequence[ArmSummary], throughput: pd.DataFrame, rounds: pd.DataFrame) -> list[ArmTime]:
    """Every arm at every combination of levels that was timed, for each machine."""
    calls = _calls(throughput, rounds)
    on = throughput.loc[throughput["suite"] == TRAINING, ["device", "threads"]].drop_duplicates()
    times = []
    for machine in (Machine(str(row.device), int(row.threads)) for row in records(on)):
        for one in summaries:
            case = case_name(machine.device, machine.threads, one.levels)
            if not (step := calls.get((TRAINING, case, one.arm))) or not one.steps:
                continue
            packed = calls.get((TRAINING, case, packed_candidate(one.arm)))
            times.append(
                ArmTime(
                    machine=machine,
                    summary=one,
                    step=step,
                    decoding=calls.get((GREEDY, case, one.arm)),
                    exact_over_packed=packed.ratio.inverse if packed else None,
                )
            )
    return times


def _time_ratios(comparisons: Sequence[Comparison], times: Sequence[ArmTime]) -> Iterator[TimeRatio]:
    """Each declared comparison whose arms were timed on the machine of `times`, pair by pair."""
    of_arm = {(label(one.summary.levels), one.summary.arm): one for one in times}
    for comparison in comparisons:
        for pair, steps in _pairs(comparison):
            first, second = (of_arm.get((label(comparison.levels), arm)) for arm in pair)
            if first and second:
                several = len(comparison.declared.pairs) > 1
                yield TimeRatio(
                    comparison=comparison,
                    label=f"{comparison.declared.label}, {pair[0]}" if several else comparison.declared.label,
                    steps=steps,
                    step=combine_ratios(first.step.ratio, second.step.ratio.inverse),
                    arrive=(first.arrives, second.arrives),
                )


def _pairs(comparison: Comparison) -> Iterator[tuple[ArmPair, Interval]]:
    """The pairs of arms of a comparison, each with its ratio of steps."""
    if not comparison.pair_differences:
        yield comparison.declared.pairs[0], comparison.effects[STEPS].difference.interval
    for one in comparison.pair_differences:
        yield one.pair, one.differences[STEPS].interval


def _calls(throughput: pd.DataFrame, rounds: pd.DataFrame) -> dict[tuple[str, str, str], CallTime]:
    """(suite, case, candidate) -> its time, for the rows of a study."""
    key = ["suite", "case", "candidate"]
    of_study = throughput[throughput["suite"].isin((TRAINING, GREEDY))]
    seconds = rounds.merge(of_study[key]).groupby(key)["candidate_seconds"]
    medians = {tuple(map(str, names)): median_interval(values.to_numpy(dtype=float)) for names, values in seconds}
    return {
        (row.suite, row.case, row.candidate): CallTime(
            medians[row.suite, row.case, row.candidate], ratio_interval(row), row.tokens_per_second, row.peak_bytes
        )
        for row in records(of_study)
    }
