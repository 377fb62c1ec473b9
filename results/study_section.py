"""What a report says of a study: the answer, its tables, its pictures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results import wording
from results.alignment_table import alignment_tables
from results.levels import label
from results.page import Answer, Section, Table
from results.records import factors_of
from results.statistics import MINIMUM_PAIRS
from results.study_pictures import study_pictures
from results.study_summary import ArmSummary


def study_answer(summaries: Sequence[ArmSummary], settings: Mapping[str, Any]) -> Answer:
    """The verdict for each combination of levels, and the figures of each arm beside the baseline's."""
    verdicts, points = [], []
    for _, at_levels in itertools.groupby(summaries, key=lambda summary: label(summary.levels)):
        arms = list(at_levels)
        place = label(arms[0].levels)
        verdicts.append(_verdict(arms, settings["baseline"], f"At {place}, against" if place else "Against"))
        verdicts.append(_arrivals(arms))
        baseline = next(summary for summary in arms if summary.difference is None)
        points += [_point(summary, baseline, f" at {place}" if place else "") for summary in arms]
    return Answer(question=settings["question"], verdicts=verdicts, points=[*filter(None, points), _counts(summaries)])


def study_section(
    summaries: Sequence[ArmSummary], settings: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> Section:
    return Section(
        title=f"Study: {settings['name']}",
        paragraphs=[
            f"{_tuned(settings)} Figures are free-running: the model reads its own predictions. Every arm was run with "
            "the same seeds.",
            *_machines(settings),
        ],
        tables=[
            _accuracy_table(summaries),
            _difference_table(summaries, settings["baseline"]),
            _cost_table(summaries),
            *alignment_tables(tables),
            *_unfinished(tables["runs"]),
        ],
        pictures=study_pictures(tables, settings),
    )


def _tuned(settings: Mapping[str, Any]) -> str:
    if "tuning" in settings:
        searched = list(settings["tuning"]["space"])
        return (
            f"The arms are tuned: each was trained with its own choice of {wording.listed(searched)}, made with the "
            "same budget as the others' (see Tuning). All other settings are the same."
        )
    return (
        "The arms are not tuned: all of them were trained with the same settings (learning rate "
        f"{settings['training']['learning_rate']}), which may suit one better than another."
    )


def _machines(settings: Mapping[str, Any]) -> list[str]:
    machines = settings.get("machines", 1)
    return [f"The runs were done on {machines} machines; Provenance names the one that wrote the tables."] * (
        machines > 1
    )


def _verdict(arms: Sequence[ArmSummary], baseline: str, opening: str) -> str:
    sayings = {
        "higher": "higher final Levenshtein accuracy for {}",
        "lower": "lower final Levenshtein accuracy for {}",
        "no difference shown": "no difference could be shown for {}",
        "not enough seeds": f"not enough seeds to tell for {{}} (the rule needs {MINIMUM_PAIRS})",
    }
    said: dict[str, list[str]] = {word: [] for word in sayings}
    for s in arms:
        if s.difference is not None:
            by = f"{s.arm} ({wording.signed(s.difference.interval)}, n = {s.difference.interval.n})"
            said[wording.verdict(s.difference)].append(by)
    found = [sayings[word].format(wording.listed(these)) for word, these in said.items() if these]
    return f"{opening} {baseline}: {'; '.join(found) or 'there is no other arm'}."


def _arrivals(arms: Sequence[ArmSummary]) -> str:
    """The arms by their median steps to 99%. An order is no claim; what there is to say against it stands beside it."""
    ranked = sorted((s for s in arms if s.arrival.n), key=lambda s: s.arrival.median)
    each = [f"{s.arm} {wording.steps(s.arrival.median)} ({s.arrival.reached} of {s.arrival.n})" for s in ranked]
    return (
        f"Median steps to 99%, and seeds that reached it (differences not tested): {', '.join(each) or 'no run yet'}."
    )


def _point(summary: ArmSummary, baseline: ArmSummary, place: str) -> str:
    if summary.difference is None:
        return ""
    return (
        f"{summary.arm}{place}: Levenshtein accuracy {wording.accuracy(summary.accuracy)} (n = {summary.accuracy.n}) "
        f"against {wording.accuracy(baseline.accuracy)} (n = {baseline.accuracy.n}) of {baseline.arm}; paired "
        f"difference {wording.signed(summary.difference.interval)}, p = {wording.probability(summary.difference.p)}, "
        f"{wording.plural(summary.difference.interval.n, 'pair')} of seeds: {wording.verdict(summary.difference)}."
    ).replace("p = <", "p <")


def _counts(summaries: Sequence[ArmSummary]) -> str:
    planned, done, diverged, failed, missing = (
        sum(getattr(s, field) for s in summaries) for field in ("planned", "done", "diverged", "failed", "missing")
    )
    return (
        f"Runs: {planned} planned, {done} done, {diverged} diverged, {failed} failed, {missing} missing. Only those "
        "that are done are in the means."
    )


def _accuracy_table(summaries: Sequence[ArmSummary]) -> Table:
    return Table(
        title="Accuracy at the end of training",
        note="Means over the seeds that are done, with 95% intervals.",
        header=[*summaries[0].levels, "arm", "seeds done", "diverged", "failed", "missing", "Levenshtein accuracy",
                "exact match"],
        rows=[
            [*map(str, s.levels.values()), s.arm, *map(str, (s.done, s.diverged, s.failed, s.missing)),
             wording.accuracy(s.accuracy), wording.accuracy(s.exact_match)]
            for s in summaries
        ],
        source="runs.csv",
    )  # fmt: skip


def _difference_table(summaries: Sequence[ArmSummary], baseline: str) -> Table:
    return Table(
        title=f"Levenshtein accuracy against {baseline}",
        note="Mean difference, paired by seed, with its 95% interval; p of the two-sided sign-flip test.",
        header=[*summaries[0].levels, "arm", "difference", "p", "pairs", "verdict"],
        rows=[
            [*map(str, s.levels.values()), s.arm, wording.signed(s.difference.interval),
             wording.probability(s.difference.p), str(s.difference.interval.n), wording.verdict(s.difference)]
            for s in summaries
            if s.difference is not None
        ],
        source="runs.csv",
    )  # fmt: skip


def _cost_table(summaries: Sequence[ArmSummary]) -> Table:
    return Table(
        title="Steps to 99% accuracy, and cost",
        note="Steps: the first evaluated step at 99%, median over the runs that are done or diverged; a run that ended "
        "before counts as later than all others. Seconds: median of a whole run, with its evaluations; runs shared "
        "the machine, so this is no benchmark.",
        header=[*summaries[0].levels, "arm", "median steps", "reached by", "parameters", "seconds"],
        rows=[
            [*map(str, s.levels.values()), s.arm, wording.steps(s.arrival.median),
             f"{s.arrival.reached} of {s.arrival.n}",
             "-" if math.isnan(s.parameters) else f"{s.parameters:,.0f}", wording.rounded(s.seconds)]
            for s in summaries
        ],
        source="runs.csv",
    )  # fmt: skip


def _unfinished(runs: pd.DataFrame) -> list[Table]:
    rows = runs[runs["status"] != "done"]
    header = ["run_id", "arm", *factors_of(runs), "seed", "status", "steps", "reason"]
    table = Table(
        title="Runs that did not finish",
        note="They are in no mean. A diverged run counts as not having reached 99%, unless it had before.",
        header=header,
        rows=[["-" if pd.isna(cell) or cell == "" else str(cell) for cell in row] for row in rows[header].to_numpy()],
        source="runs.csv",
    )
    return [table] if len(rows) else []
