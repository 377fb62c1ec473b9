"""What a report says of a study: the answer, its tables, its pictures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results import figures, wording
from results.levels import label
from results.page import Answer, Picture, Section, Table
from results.records import factors_of
from results.statistics import MINIMUM_PAIRS
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
    rate = settings["training"]["learning_rate"]
    return Section(
        title=f"Study: {settings['name']}",
        paragraphs=[
            f"The arms are not tuned: all of them were trained with the same settings (learning rate {rate}), which "
            "may suit one better than another. Figures are free-running: the model reads its own predictions. Every "
            "arm was run with the same seeds.",
        ],
        tables=[_accuracy_table(summaries, settings["baseline"]), _cost_table(summaries), *_unfinished(tables["runs"])],
        pictures=_pictures({name: table for name, table in tables.items() if len(table)}),
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


def _accuracy_table(summaries: Sequence[ArmSummary], baseline: str) -> Table:
    rows = []
    for s in summaries:
        against = ["-"] * 4
        if s.difference:
            interval = s.difference.interval
            against = [wording.signed(interval), wording.probability(s.difference.p), str(interval.n)]
            against.append(wording.verdict(s.difference))
        counts = [str(count) for count in (s.done, s.diverged, s.failed, s.missing)]
        levels = [str(level) for level in s.levels.values()]
        rows.append([*levels, s.arm, *counts, wording.accuracy(s.accuracy), wording.accuracy(s.exact_match), *against])
    return Table(
        title="Accuracy at the end of training",
        note="Means over the seeds that are done, with 95% intervals.",
        header=[*summaries[0].levels, "arm", "seeds done", "diverged", "failed", "missing", "Levenshtein accuracy",
                "exact match", f"difference to {baseline}", "p", "pairs", "verdict"],
        rows=rows,
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


def _pictures(tables: Mapping[str, pd.DataFrame]) -> list[Picture]:
    pictures = []
    if "convergence" in tables:
        table = tables["convergence"]
        pictures.append(
            Picture(
                name="learning_curves",
                title="How the arms learn",
                caption="Levenshtein accuracy, free-running, after each epoch. Thick: mean over seeds; band: its 95% "
                "interval; thin: every seed; cross: a run that diverged there, and is in the mean up to there. The "
                "dotted line is at 99%.",
                alt=f"Line chart of Levenshtein accuracy against training step for {_arms(table)}.",
                source="convergence.csv",
                figure=figures.learning_curves(table),
            )
        )
    if "by_length" in tables:
        table = tables["by_length"]
        pictures.append(
            Picture(
                name="accuracy_by_length",
                title="What length does",
                caption="Levenshtein accuracy, free-running, at the end of training by the source's length. Markers: "
                "mean over seeds; bars: its 95% interval; dots: every seed. Arms are set side by side at each length.",
                alt=f"Chart of final Levenshtein accuracy against source length for {_arms(table)}.",
                source="by_length.csv",
                figure=figures.accuracy_by_length(table),
            )
        )
    if "alignments" in tables:
        table = tables["alignments"]
        pictures.append(
            Picture(
                name="alignments",
                title="Where the arms look",
                caption="Attention weights of one test example of each arm's lowest seed. Squares mark the "
                "anti-diagonal: the position of the letter that is to be written.",
                alt=f"Heat maps of attention weights over source and target positions for {_arms(table)}.",
                source="alignments.csv",
                figure=figures.alignments(table),
            )
        )
    return pictures


def _arms(table: pd.DataFrame) -> str:
    return wording.listed([str(arm) for arm in table["arm"].unique()])
