"""The answer on the time to 99%: the least time at each level, and from which level on an arm needs less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.study.factor_levels import group_by_levels, label
from results.analysis.timing.crossovers import Crossover, axis_of, crossovers, seconds_word, steps_word
from results.analysis.timing.self_check import cautions, is_smoke
from results.analysis.timing.training_time import ArmTime, Machine, TrainingTimes
from results.page.elements import Answer, Table
from results.page.provenance import machine_of, measured_on
from results.report.training_time.figures import time_figure
from results.statistics import Interval

QUESTION = "How much time does each arm need to reach 99%?"


def training_time_answer(
    found: TrainingTimes, study: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]
) -> Answer:
    """On the first machine: the arm with the least time at each combination of levels, and what the comparisons show
    along the axis. `study` and `sessions`: the provenance of the runs, and of the sessions that measured the times.
    Steps do not depend on the load of a machine."""
    smoke = is_smoke([study, *sessions])
    machine = found.machines[0]
    by_levels = dict(group_by_levels(found.on(machine)))
    verdicts = [] if smoke else _crossover_points(found)
    return Answer(
        question=QUESTION,
        word="No verdict" if smoke else "",
        text="" if smoke else " ".join(_sentences(found, by_levels)),
        basis=f"{_measured_on(study, sessions)} Times are of training steps alone, without evaluations, on {machine}, "
        f"unless the text says otherwise. {_untrained(found, study)}Which arm has the shortest time is not tested"
        f"{'; the comparisons below are' * bool(verdicts)}.",
        cautions=cautions(sessions),
        figure=time_figure(found),
        table=_seconds_table(machine, by_levels),
        points=[*verdicts, *([] if smoke else _packings(found)), *_no_gpu(found)],
    )


def _measured_on(study: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]) -> str:
    here = [one for one in sessions if machine_of(one) == machine_of(study)]
    sentences = [measured_on([study, *here], "Measured" if here else "Steps measured")]
    for one in [one for one in sessions if one not in here]:
        device = f" on {'cuda' if one['machine']['gpu'] else 'cpu'}" * (len(sessions) > 1)
        sentences.append(measured_on([one], f"Times of a step{device} measured"))
    return " ".join(sentences)


def _untrained(found: TrainingTimes, study: Mapping[str, Any]) -> str:
    """What to know of times on a GPU on which no run was trained."""
    timed = any(machine.device == "cuda" for machine in found.machines)
    untrained = (
        "No run was trained on cuda; times to 99% on it are the steps of the runs times the time of a step there. "
    )
    return untrained * (timed and study["machine"]["gpu"] is None)


def duration(seconds: Interval) -> str:
    """`1.9 s (1.7 to 2.2)`."""
    estimate, low, high = (formatting.rounded(end, 2) for end in (seconds.estimate, seconds.low, seconds.high))
    return f"{estimate} s" if low == "-" else f"{estimate} s ({low} to {high})"


def _sentences(found: TrainingTimes, by_levels: Mapping[str, Sequence[ArmTime]]) -> Iterator[str]:
    for levels, times in by_levels.items():
        where = f"at {levels}, " if levels else ""
        first = min((one for one in times if not one.bounded), key=lambda one: one.seconds_to_99.estimate, default=None)
        if not first:
            text = f"{where}no arm reaches 99% in all of its runs"
        else:
            open_ended = [
                one.summary.arm
                for one in times
                if one.bounded and one.seconds_to_99.estimate < first.seconds_to_99.estimate
            ]
            # The mean time of an arm with a lower bound may be shorter still.
            of = f"of the arms that reach 99% in every run (not {formatting.listed(open_ended)}) " * bool(open_ended)
            text = f"{where}the shortest mean time {of}is {duration(first.seconds_to_99)}, of {first.summary.arm}"
            text += _beside(found, first, times)
        yield f"{formatting.capital(text)}."


def _beside(found: TrainingTimes, first: ArmTime, times: Sequence[ArmTime]) -> str:
    """`; the arm none needs at least 38 s`: the baseline, if it is another arm."""
    baseline = next((one for one in times if one.summary.arm == found.settings["baseline"]), first)
    if baseline is first:
        return ""
    least = f"at least {formatting.rounded_down(baseline.seconds_to_99.estimate, 2)} s"
    return f"; the arm {baseline.summary.arm} needs {least if baseline.bounded else duration(baseline.seconds_to_99)}"


def _seconds_table(machine: Machine, by_levels: Mapping[str, Sequence[ArmTime]]) -> Table:
    """Arms by levels."""
    by_arm: dict[str, dict[str, str]] = {}
    for levels, times in by_levels.items():
        for one in times:
            estimate = one.seconds_to_99.estimate
            seconds = f"≥ {formatting.rounded_down(estimate, 2)}" if one.bounded else formatting.rounded(estimate, 2)
            by_arm.setdefault(one.summary.arm, {})[levels] = seconds
    return Table(
        title="Seconds to 99%",
        note=f"On {machine}: mean steps to 99% times the time of a step. ≥: not every run reached 99%. "
        "Their intervals are in the tables of every arm.",
        header=["arm", *(levels or "seconds" for levels in by_levels)],
        rows=[[arm, *(cells.get(levels, "-") for levels in by_levels)] for arm, cells in by_arm.items()],
        source="throughput.csv",
    )


def _crossover_points(found: TrainingTimes) -> list[str]:
    """For each comparison, from which level on the first arm needs fewer steps, and less time on each machine; of a
    study at one combination of levels, whether it does."""
    axis = axis_of(found.settings["factors"])
    if axis is None:
        return _verdict_points(found)
    points = []
    for one in crossovers(found):
        machines: dict[str, list[str]] = {}
        for machine, crossover in one.seconds.items():
            machines.setdefault(_pays(crossover, axis), []).append(str(machine))
        steps = _pays(one.steps, axis).replace("less", "fewer")
        points.append(formatting.capital(f"{one.label}: in steps, {steps}; in time, {_on_machines(machines)}."))
    return points


def _verdict_points(found: TrainingTimes) -> list[str]:
    if len({label(ratio.levels) for ratios in found.ratios.values() for ratio in ratios}) > 1:
        return []
    points: dict[str, dict[str, list[str]]] = {}
    for machine, ratios in found.ratios.items():
        for ratio in ratios:
            steps = steps_word(ratio).replace("less", "fewer")
            of_comparison = points.setdefault(f"{ratio.comparison.declared.label}: in steps, {steps}", {})
            of_comparison.setdefault(seconds_word(ratio), []).append(str(machine))
    return [formatting.capital(f"{steps}; in time, {_on_machines(times)}.") for steps, times in points.items()]


def _on_machines(texts: Mapping[str, Sequence[str]]) -> str:
    """`less (on cpu, 1 thread and cpu, 2 threads)`."""
    return "; ".join(f"{text} (on {formatting.listed(names)})" for text, names in texts.items())


def _pays(crossover: Crossover, axis: str | None) -> str:
    """`more from 10 to 40, less at 80: the crossover is between 40 and 80`."""
    before, start = crossover.bracket or (None, None)
    if start is None:
        return crossover.text()
    if before is None:
        return f"less at every {axis}"
    where = f": the crossover is between {before} and {start}" * (dict(crossover.points)[before] == "more")
    return f"{crossover.text()}{where}"


_PACKINGS = {
    "padded_exact": "padded_exact (the values of packed)",
    "padded": "padded (another model, which reads the padding)",
}


def _packings(found: TrainingTimes) -> Iterator[str]:
    """The time of a step with each other packing over that with `packed`, by level, on each machine."""
    axis = axis_of(found.settings["factors"])
    for packing, encoder in _PACKINGS.items():
        for machine in found.machines:
            timed = [(one, one.over_packed) for one in found.on(machine) if one.packing == packing and one.over_packed]
            if not timed:
                continue
            ratios: dict[str, list[Interval]] = {}
            for one, ratio in timed:
                ratios.setdefault(
                    f" at {one.levels[axis] if axis else label(one.levels)}" * bool(one.levels), []
                ).append(ratio)
            faster, slower = sum(ratio.high < 1 for _, ratio in timed), sum(ratio.low > 1 for _, ratio in timed)
            by_level = formatting.listed([f"{_ends(some)}{where}" for where, some in ratios.items()])
            yield (
                f"The time of a training step with {encoder} over that with packed, on {machine}, for all arms"
                f"{f', by {axis}' * bool(axis)}: {by_level}; faster in {faster} of "
                f"{formatting.plural(len(timed), 'case')}, slower in {slower}."
            )


def _ends(ratios: Sequence[Interval]) -> str:
    """`×0.72 to ×0.78`: the smallest and the largest."""
    estimates = [ratio.estimate for ratio in ratios]
    return " to ".join(dict.fromkeys(f"×{formatting.rounded(end(estimates), 2)}" for end in (min, max)))


def _no_gpu(found: TrainingTimes) -> list[str]:
    missing = all(machine.device != "cuda" for machine in found.machines)
    return ["Times on cuda are not measured."] * missing
