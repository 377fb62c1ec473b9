"""The time that an arm needs to reach 99%: its steps times the time of a step, which `retrograde bench --of` measures.

The steps are those of the study's runs, and the time of a step is measured alone, in interleaved rounds. The two are
independent, so the interval of their product follows from theirs (`combine_ratios`). A run that does not reach 99%
counts as its full budget, as in the ratios of steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import STEPS, RunMetrics, metrics_by_levels
from results.analysis.timing.call_times import CallTime, call_times
from results.statistics import (
    Difference,
    Interval,
    JudgedDifference,
    combine_ratios,
    geometric_mean,
    judge,
    mean_interval,
    most_reach,
    steps_ratio,
)
from results.tables.study_schema import records
from results.tables.timing_schema import STUDY_SUITES, case_name, packed_candidate, shown_device

TRAINING, GREEDY = STUDY_SUITES


@dataclass(frozen=True)
class Machine:
    device: str
    threads: int

    def __str__(self) -> str:
        return shown_device(self.device, self.threads)


@dataclass(frozen=True, kw_only=True)
class ArmTime:
    """An arm at one combination of levels on one machine."""

    machine: Machine
    summary: ArmSummary
    step: CallTime
    decoding: CallTime | None
    packing: str
    over_packed: Interval | None
    """The time of a step over that with packing `packed` and otherwise the same settings; None if it was not timed."""

    @property
    def levels(self) -> Mapping[str, Any]:
        return self.summary.levels

    @cached_property
    def seconds_to_99(self) -> Interval:
        """The mean steps to 99% times the time of a step."""
        return combine_ratios(self.mean_steps, self.step.seconds)

    @property
    def bounded(self) -> bool:
        """Whether the time is a lower bound, since a run does not reach 99%."""
        return self.summary.time_to_99.censored

    @property
    def mean_steps(self) -> Interval:
        """Up to 99%, restricted to the budget: a run that does not reach 99% counts as its full budget."""
        return mean_interval(np.minimum(self.summary.steps, self.summary.budget).tolist())


@dataclass(frozen=True, kw_only=True)
class TimeRatio:
    """A declared comparison at one combination of levels on one machine: its first arms over its second arms.

    Over several pairs of arms, a ratio is the geometric mean.
    """

    comparison: Comparison
    step: Interval
    """Of the times of a step."""
    judged: JudgedDifference
    """Of the times to 99%, in one family with the other comparisons on this machine."""
    reached: tuple[bool, bool]
    """Whether more than half of the runs reach 99%: of all first arms, and of all second arms."""

    @property
    def levels(self) -> Mapping[str, Any]:
        return self.comparison.levels


@dataclass(frozen=True, kw_only=True)
class TrainingTimes:
    """The times of a study's arms, and what is compared."""

    settings: Mapping[str, Any]
    times: Sequence[ArmTime]
    ratios: Mapping[Machine, Sequence[TimeRatio]]

    @property
    def machines(self) -> list[Machine]:
        return [*self.ratios]

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
    if not tables["rounds"]["suite"].isin(STUDY_SUITES).any():  # they are those of other suites
        return None
    times = _arm_times(summaries, tables["throughput"], tables["rounds"], settings)
    metrics = {label(levels): runs for levels, runs in metrics_by_levels(tables, settings)}
    ratios = {
        machine: _time_ratios([one for one in times if one.machine == machine], comparisons, metrics, settings)
        for machine in dict.fromkeys(one.machine for one in times)
    }
    return TrainingTimes(settings=settings, times=times, ratios=ratios) if times else None


def _arm_times(
    summaries: Sequence[ArmSummary], throughput: pd.DataFrame, rounds: pd.DataFrame, settings: Mapping[str, Any]
) -> list[ArmTime]:
    """Every arm at every combination of levels that was timed, for each machine."""
    calls, others = call_times(throughput, rounds), _other_settings(settings)
    on = throughput.loc[throughput["suite"] == TRAINING, ["device", "threads"]].drop_duplicates()
    times = []
    for machine in (Machine(str(row.device), int(row.threads)) for row in records(on)):
        for one in summaries:
            case = case_name(machine.device, machine.threads, one.levels)
            of_case = {arm: call for (suite, at, arm), call in calls.items() if (suite, at) == (TRAINING, case)}
            if one.arm not in of_case or not one.steps:
                continue
            times.append(
                ArmTime(
                    machine=machine,
                    summary=one,
                    step=of_case[one.arm],
                    decoding=calls.get((GREEDY, case, one.arm)),
                    packing={**settings.get("model", {}), **settings["arms"][one.arm]}.get("packing", ""),
                    over_packed=_over_packed(one.arm, of_case, others, settings["baseline"]),
                )
            )
    return times


def _other_settings(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Arm -> the settings of its model, without the packing."""
    setups = {arm: {**settings.get("model", {}), **own} for arm, own in settings["arms"].items()}
    return {arm: {name: value for name, value in setup.items() if name != "packing"} for arm, setup in setups.items()}


def _over_packed(
    arm: str, of_case: Mapping[str, CallTime], others: Mapping[str, dict[str, Any]], baseline: str
) -> Interval | None:
    """The time of the arm's step over that with `packed`, which is timed beside one arm of the same other settings."""
    for other, settings in others.items():
        packed = of_case.get(packed_candidate(other))
        if packed and other in of_case and settings == others[arm]:
            over_packed = packed.ratio.inverse  # of `other`, beside which it was timed
            if arm == other:
                return over_packed
            ratios = [_over_baseline(name, of_case[name], baseline) for name in (arm, other)]
            return combine_ratios(combine_ratios(ratios[0], ratios[1].inverse), over_packed)
    return None


def _time_ratios(
    times: Sequence[ArmTime],
    comparisons: Sequence[Comparison],
    metrics: Mapping[str, RunMetrics],
    settings: Mapping[str, Any],
) -> list[TimeRatio]:
    """Each declared comparison whose arms were all timed on the machine of `times`."""
    of_arm = {(label(one.summary.levels), one.summary.arm): one for one in times}
    found = []
    for one in comparisons:
        levels = label(one.levels)
        pairs = [[of_arm.get((levels, arm)) for arm in pair] for pair in one.declared.pairs]
        timed = [(first, second) for first, second in pairs if first and second]
        if len(timed) == len(pairs):
            found.append((one, timed, metrics[levels]))
    differences = [time_difference(timed, runs, settings["baseline"]) for _, timed, runs in found]
    arms = [{(label(one.levels), arm) for pair in one.declared.pairs for arm in pair} for one, _, _ in found]
    return [
        TimeRatio(
            comparison=one,
            step=_step_ratio(timed, settings["baseline"]),
            judged=judged,
            reached=(
                most_reach(first.summary.time_to_99 for first, _ in timed),
                most_reach(second.summary.time_to_99 for _, second in timed),
            ),
        )
        for (one, timed, _), judged in zip(found, judge(differences, arms), strict=True)
    ]


def time_difference(timed: Sequence[tuple[ArmTime, ArmTime]], runs: RunMetrics, baseline: str) -> Difference:
    """The ratio of the mean times to 99%, and the p of the study's test on times.

    The time of a run is its steps times the time of a step. In the ratio, a run that does not reach 99% counts as its
    full budget, and the interval has the uncertainty of the times of a step too. In the test, both arms of a pair are
    followed for the same time, the shorter one of their budgets: a run that reaches 99% later counts as one that does
    not, so that equal arms with unequal times of a step are not called different.
    """

    def budget(one: ArmTime) -> float:
        return _relative(one, baseline).estimate * one.summary.budget

    def seconds(one: ArmTime, most: float, censored: float) -> dict[int, float]:
        step, steps = _relative(one, baseline).estimate, runs.values(STEPS, one.summary.arm)
        times = {seed: step * number for seed, number in steps.items()}
        return {seed: time if time <= most else censored for seed, time in times.items()}

    def within_budget(one: ArmTime) -> dict[int, float]:
        return seconds(one, budget(one), budget(one))

    reaching = [pair for pair in timed if any(one.summary.time_to_99.reached for one in pair)] or timed
    shown = steps_ratio([(within_budget(first), within_budget(second)) for first, second in reaching], math.inf)
    followed = [(pair, min(map(budget, pair))) for pair in timed]
    tested = steps_ratio(
        [(seconds(first, most, math.inf), seconds(second, most, math.inf)) for (first, second), most in followed],
        max(most for _, most in followed),
    )
    step = _step_ratio(timed, baseline)
    uncertainty = Interval(1.0, step.low / step.estimate, step.high / step.estimate, step.n)
    interval = combine_ratios(shown.interval, uncertainty)
    return replace(tested, interval=interval, spread=shown.spread, per_seed=shown.per_seed)


def _step_ratio(timed: Sequence[tuple[ArmTime, ArmTime]], baseline: str) -> Interval:
    """The first arms' times of a step over those of the second arms, the geometric mean over pairs.

    It is relatively no more uncertain than the most uncertain one of its ratios.
    """
    ratios = [
        combine_ratios(_relative(first, baseline), _relative(second, baseline).inverse) for first, second in timed
    ]
    ratio = float(geometric_mean(np.array([one.estimate for one in ratios])))
    low, high = (
        end(getattr(one, name) / one.estimate for one in ratios) for end, name in ((min, "low"), (max, "high"))
    )
    return Interval(ratio, ratio * low, ratio * high, min(one.n for one in ratios))


def _relative(one: ArmTime, baseline: str) -> Interval:
    """The time of a step over that of the baseline."""
    return _over_baseline(one.summary.arm, one.step, baseline)


def _over_baseline(arm: str, call: CallTime, baseline: str) -> Interval:
    """1 for the baseline, which was timed against itself."""
    return Interval(1.0, 1.0, 1.0, call.ratio.n) if arm == baseline else call.ratio
