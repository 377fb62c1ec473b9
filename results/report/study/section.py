"""The section on a study's arms: accuracy, steps to 99%, cost, attention, unfinished runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.budget import stops_early
from results.analysis.study.comparisons import Comparison, primary_of
from results.analysis.study.own_data import data_paragraphs
from results.page.elements import Section, Table
from results.report.study.answer.plateau import plateau_tables
from results.report.study.answer.sentences import Sentences
from results.report.study.answer.table import MOST_ROWS, arms_table
from results.report.study.attention import alignment_tables
from results.report.study.figures import study_figures
from results.report.study.longer_sources import longer_source_tables
from results.report.study.settings_table import settings_table
from results.report.study.tuning import tuned_sentence
from results.statistics import TimeToThreshold, proportion
from results.tables.csv_io import factors_of
from results.tables.study_schema import LONGEST_RECORDED


def study_section(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    settings: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    *,
    verdicts: bool,
) -> Section:
    """`verdicts`: whether the tables give them; a smoke run has none."""
    sentences = Sentences(summaries, primary_of(settings), {})
    arms = [arms_table(summaries, comparisons, sentences, verdicts=verdicts)] * (len(summaries) > MOST_ROWS)
    return Section(
        title=f"Study: {settings['name']}",
        paragraphs=[
            f"{tuned_sentence(settings)} Metrics are free-running: the model reads its own predictions. Every arm has "
            "the same seeds.",
            *data_paragraphs(settings),
            *_stops(settings),
            *_kept(settings),
            *_resolution(settings),
            *_total_time(tables),
            *_machines(settings),
            *_unrecorded(tables["runs"], settings),
        ],
        tables=[
            *arms,
            _accuracy_table(summaries),
            *longer_source_tables(tables, settings),
            _steps_table(summaries),
            settings_table(settings),
            *(plateau_tables(summaries) if settings["primary"] == "steps_to_99" else []),
            *alignment_tables(tables, settings),
            *_unfinished(tables["runs"]),
        ],
        figures=study_figures(tables, settings),
    )


def _stops(settings: Mapping[str, Any]) -> list[str]:
    if not stops_early(settings):
        return []
    thresholds = dict.fromkeys(f"{at['stop_at']:g}" for at in settings["at_levels"] if at["stop_at"])
    listed = formatting.listed([*thresholds])
    rule = (
        f"{settings['stops']} (stop_at: {listed})"
        if "stops" in settings
        else f"once its Levenshtein accuracy on the evaluation set is at least {listed} in two evaluations in a row "
        "(stop_at)"
    )
    return [f"A run ends early {rule}. It keeps its last values in means over epochs and over seeds."]


def _kept(settings: Mapping[str, Any]) -> list[str]:
    """What the end of the training means, if a run is tested with the weights of its best epoch."""
    base = settings.get("training", {}).get("keep")
    best = [arm for arm, own in settings["arms"].items() if own.get("keep", base) == "best"]
    which = "A run" if len(best) == len(settings["arms"]) else f"A run of {formatting.listed(best)}"
    return [
        f"{which} is tested with the weights of the epoch that has the highest exact match on the evaluation set "
        "(keep=best). Its values at the end of training are those of these weights."
    ] * bool(best)


def _resolution(settings: Mapping[str, Any]) -> list[str]:
    epochs = [at["steps_per_epoch"] for at in settings.get("at_levels", [])]
    if not epochs:
        return []
    return [
        f"An epoch has {formatting.span(epochs)} training steps. The accuracy is evaluated after each, so steps to 99% "
        "are multiples of it."
    ]


def _total_time(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The wall times of all runs, with their evaluations and tests."""
    seconds = {name: float(tables[name]["seconds"].sum()) for name in ("runs", "tuning") if name in tables}
    if not any(seconds.values()):
        return []
    tuning = f" (those of the tuning: {_duration(seconds['tuning'])})" if "tuning" in seconds else ""
    return [f"The wall times of the runs add up to {_duration(seconds['runs'])}{tuning}; runs may overlap."]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return formatting.plural(round(seconds), "second")
    return f"{seconds / 3600:.1f} hours" if seconds >= 5400 else f"{seconds / 60:.0f} minutes"


def _machines(settings: Mapping[str, Any]) -> list[str]:
    machines, processors = settings.get("machines", 1), settings.get("processors", [])
    lines = [f"The runs were made on {machines} machines; Provenance names the one that wrote the tables."] * (
        machines > 1
    )
    if len(processors) > 1:
        lines.append(
            f"The processors of the runs differ: {'; '.join(processors)}. Between them, the same run can differ in "
            "rounding and in its time, so no seconds of arms are given."
        )
    return lines


def _unrecorded(runs: pd.DataFrame, settings: Mapping[str, Any]) -> list[str]:
    """A note on the runs with attention whose sources are too long for their weights to be recorded."""
    longest = runs.get("max_length", settings.get("task", {}).get("max_length", 0))
    longer = int((runs["anti_diagonal"].notna() & (longest > LONGEST_RECORDED)).sum())
    return [
        f"Attention weights are recorded for sources of up to {LONGEST_RECORDED} letters. The runs with longer ones "
        f"({longer}) are not in the figures of attention; their weight on the expected alignment is in runs.csv."
    ] * bool(longer)


def _accuracy_table(summaries: Sequence[ArmSummary]) -> Table:
    return Table(
        title="Accuracy at the end of training",
        note="Over the seeds that are done, with 95% intervals: means, and of the Levenshtein accuracy the "
        "interquartile mean too, which a single outlier does not change.",
        header=[*summaries[0].levels, "arm", "seeds done", "diverged", "failed", "missing", "Levenshtein accuracy",
                "interquartile mean", "exact match"],
        rows=[
            [*map(str, s.levels.values()), s.arm, *map(str, (s.done, s.diverged, s.failed, s.missing)),
             *map(formatting.fraction, (s.accuracy, s.interquartile_accuracy, s.exact_match))]
            for s in summaries
        ],
        source="runs.csv",
        folded=True,
    )  # fmt: skip


def _steps_table(summaries: Sequence[ArmSummary]) -> Table:
    budgets = {s.budget for s in summaries if not math.isnan(s.budget)}
    restricted = "restricted mean steps"
    if len(budgets) == 1:
        restricted += f" (within {budgets.pop():,.0f})"
    return Table(
        title="Steps to 99% accuracy, and cost",
        note="The first evaluated step at 99%, over the runs that are done or diverged: how many reached 99%, their "
        "fraction with its exact 95% interval, and the median step; a run that did not reach 99% counts as later than "
        "all others. In the mean it counts as its full budget, so the true mean is at least this (≥). Seconds: the "
        "median wall time of a run with its evaluations; runs share the machine, so this is no benchmark.",
        header=[*summaries[0].levels, "arm", "runs at 99%", "fraction", "median steps", restricted, "parameters",
                "seconds"],
        rows=[
            [*map(str, s.levels.values()), s.arm, formatting.reached(s.time_to_99),
             formatting.fraction(proportion(s.time_to_99.reached, s.time_to_99.n)),
             formatting.steps(s.time_to_99.median), _mean_steps(s.time_to_99),
             "-" if math.isnan(s.parameters) else f"{s.parameters:,.0f}", formatting.rounded(s.seconds)]
            for s in summaries
        ],
        source="runs.csv",
        folded=True,
    )  # fmt: skip


def _mean_steps(time: TimeToThreshold) -> str:
    return f"{'≥ ' * time.censored}{formatting.steps(time.mean)}"


def _unfinished(runs: pd.DataFrame) -> list[Table]:
    rows = runs[runs["status"] != "done"]
    header = ["run_id", "arm", *factors_of(runs), "seed", "status", "steps", "reason"]
    table = Table(
        title="Runs that did not finish",
        note="Means at the end of training leave them out. In steps to 99%, a diverged run counts, as "
        "censored if it did not reach 99%.",
        header=header,
        rows=[["-" if pd.isna(cell) or cell == "" else str(cell) for cell in row] for row in rows[header].to_numpy()],
        source="runs.csv",
    )
    return [table] if len(rows) else []
