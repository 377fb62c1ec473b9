"""The section on the time to 99%: crossovers, and every number of every arm."""

from __future__ import annotations

import math
from collections.abc import Sequence

from results.analysis import formatting
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import STEPS
from results.analysis.study.verdicts import bound, bounded_effect_text
from results.analysis.timing.crossovers import Compared, axis_of, crossovers
from results.analysis.timing.training_time import ArmTime, Machine, TimeRatio, TrainingTimes
from results.page.elements import Section, Table
from results.report.training_time.answer import duration
from results.report.training_time.figures import accuracy_figure, throughput_figure
from results.statistics import Interval


def training_time_section(found: TrainingTimes, *, verdicts: bool) -> Section:
    """`verdicts`: whether it has the crossovers, which are verdicts."""
    compared = crossovers(found) if verdicts else []
    return Section(
        title="Steps, time of a step, time to 99%",
        paragraphs=[
            "Time to 99% is the mean number of steps to 99% times the time of a step on one batch: the median of the "
            "baseline over all rounds, times the arm's ratio to it, as a machine may be faster in some rounds than in "
            "others. Its 95% interval has the uncertainty of both factors (MOVER, Zou and Donner 2008). A run takes "
            "longer: its batches are drawn and differ from step to step, and the accuracy is evaluated. A run that "
            "does not reach 99% counts as its full budget, so the time of an arm with such a run is a lower bound (≥).",
            "Fewer or more steps, and less or more time to 99%, are verdicts by the rule at the end of this report, "
            "each in one family of all comparisons. For times, the test is of each run's steps times the time of a "
            "step, and follows both arms of a comparison for the same time, the shorter of their budgets; it takes the "
            "measured time of a step as exact. In the ratio, a run that does not reach 99% counts as the full budget "
            "of its own arm, so that a bound (≤, ≥) holds, and the interval has the uncertainty of the times too. Less "
            "or more time of a step means that the 95% interval of the ratio excludes 1.",
        ],
        tables=[
            *([_crossover_table(found, compared)] if compared else []),
            *([_ratio_table(found)] if any(found.ratios.values()) else []),
            *(_every_arm(machine, found.on(machine)) for machine in found.machines),
        ],
        figures=[figure for figure in (accuracy_figure(found), throughput_figure(found)) if figure],
    )


def _crossover_table(found: TrainingTimes, compared: Sequence[Compared]) -> Table:
    times = [f"{what}, {machine}" for machine in found.machines for what in ("time of a step", "time to 99%")]
    return Table(
        title="Crossovers",
        note=f"What the first arm needs compared with the second, by {axis_of(found.settings['factors'])}. A "
        "comparison of several pairs of arms compares the geometric means of their ratios.",
        header=["compared", "steps to 99%", *times],
        rows=[
            [
                one.label,
                one.steps.text().replace("less", "fewer"),
                *(
                    by_machine[machine].text() if machine in by_machine else "-"
                    for machine in found.machines
                    for by_machine in (one.step_time, one.seconds)
                ),
            ]
            for one in compared
        ],
        source="throughput.csv",
    )


def _ratio_table(found: TrainingTimes) -> Table:
    on = {
        machine: {(one.comparison.declared.label, label(one.levels)): one for one in ratios}
        for machine, ratios in found.ratios.items()
    }
    columns = [f"{what}, {machine}" for machine in on for what in ("time of a step", "time to 99%", "p corrected")]
    compared = {key: one for ratios in on.values() for key, one in ratios.items()}
    labels = [*dict.fromkeys(label_of for label_of, _ in compared)]
    return Table(
        title="Ratios of every comparison",
        note="The first arm over the second, with 95% intervals: the mean steps to 99%, the time of a step, and the "
        "time to 99% with its corrected p. ≤: only the second arm has runs that do not reach 99%, and the true ratio "
        "is smaller; ≥: only the first arm has them. With both, the ratio is that of the counted steps.",
        header=["compared", *found.settings["factors"], "steps to 99%", *columns],
        rows=[
            [
                key[0],
                *map(str, one.levels.values()),
                bounded_effect_text(STEPS, one.comparison.effects[STEPS]),
                *(cell for ratios in on.values() for cell in _times(ratios.get(key))),
            ]
            for key, one in sorted(compared.items(), key=lambda item: labels.index(item[0][0]))
        ],
        source="throughput.csv",
        folded=True,
    )


def _times(one: TimeRatio | None) -> list[str]:
    """The ratios of the time of a step and of the time to 99%, and the corrected p."""
    if one is None:
        return ["-"] * 3
    step = formatting.ratio(one.step)
    if not any(one.reached) or one.judged.verdict == "not testable":
        return [step, "-", "-"]
    return [
        step,
        f"{bound(one.comparison.effects[STEPS].difference)}{formatting.ratio(one.judged.difference.interval)}",
        formatting.probability(one.judged.adjusted_p),
    ]


def _every_arm(machine: Machine, times: Sequence[ArmTime]) -> Table:
    return Table(
        title=f"Every arm on {machine}",
        note="Restricted mean steps: a run that does not reach 99% counts as its full budget (≥). A step and decoding "
        "are of one batch. Accuracy and exact match: at the end of the run. Tokens are those "
        "of the targets. Peak: the memory of the tensors of a training step, beyond what it starts with.",
        header=[*times[0].summary.levels, "arm", "reached 99%", "median steps", "restricted mean steps", "accuracy",
                "exact match", "ms a step", "tokens/s", "ms of decoding", "tokens/s of decoding", "peak MiB",
                "time to 99%"],
        rows=[
            [
                *map(str, one.summary.levels.values()),
                one.summary.arm,
                formatting.reached(one.summary.time_to_99),
                formatting.steps(one.summary.time_to_99.median),
                f"{'≥ ' * one.bounded}{formatting.large(one.mean_steps)}",
                formatting.fraction(one.summary.accuracy),
                formatting.fraction(one.summary.exact_match),
                _milliseconds(one.step.seconds),
                f"{one.step.tokens_per_second:,.0f}",
                _milliseconds(one.decoding.seconds) if one.decoding else "-",
                f"{one.decoding.tokens_per_second:,.0f}" if one.decoding else "-",
                "-" if math.isnan(one.step.peak_bytes) else f"{one.step.peak_bytes / 2**20:.1f}",
                f"{'≥ ' * one.bounded}{duration(one.seconds_to_99)}",
            ]
            for one in times
        ],
        source="throughput.csv",
        folded=True,
    )  # fmt: skip


def _milliseconds(seconds: Interval) -> str:
    return formatting.measured(Interval(1e3 * seconds.estimate, 1e3 * seconds.low, 1e3 * seconds.high, seconds.n))
