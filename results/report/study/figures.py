"""The figures of a study, with their captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.study.attention_maps import (
    AttentionMap,
    alignment_caption,
    common_name,
    example_maps,
    map_header,
    map_rows,
    map_title,
    mean_maps,
    selected_maps,
    selection_caption,
)
from results.analysis.study.budget import stops_early, with_budget
from results.analysis.study.comparisons import declared_comparisons, primary_of
from results.analysis.study.factor_levels import label, name_at_levels, split_levels
from results.analysis.study.longer_sources import (
    counted_side,
    exact_on_trained,
    trained_lengths,
    with_untested,
)
from results.analysis.study.own_data import unit_of
from results.analysis.study.run_metrics import ACCURACY, EXACT, LONGER
from results.analysis.study.seed_curves import Curves, mean_curves
from results.figures.arm_panels import PanelPlan, plan_panels
from results.page.elements import Figure
from results.statistics import proportion
from results.tables.csv_io import factors_of
from results.tables.study_schema import LONGEST_OF_EXACT, extra_metrics_in, records

ACCURACY_COLUMN = "levenshtein_accuracy"
_MOSTLY_EXACT = 0.5
_UNTESTED = (
    f" Above {LONGEST_OF_EXACT:,} letters, a run that was exact on no string of the length before is not tested and "
    "counts as 0."
)


def study_figures(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Figure]:
    """The figures of the tables that the folder has, but for that of the answer.

    No table of `tables` is empty.
    """
    figures = []
    by_length_answers = _by_length_answers(tables, settings)
    if "convergence" in tables:
        table = tables["convergence"]
        if by_length_answers:
            figures.append(_learning_curves(tables, settings))
        figures += [
            _extra_metric_curves(table, settings, name) for name in extra_metrics_in("convergence", list(table.columns))
        ]
    not_failed = tables["runs"][tables["runs"]["status"] != "failed"]
    if settings["primary"] == "steps_to_99" and len(not_failed):
        figures.append(_time_to_threshold(not_failed, settings))
    if "by_length" in tables and not by_length_answers:
        figures.append(_accuracy_by_length(tables["by_length"], settings))
    if "alignments" in tables:
        figures.append(_alignments(tables, settings))
    if "mean_alignments" in tables:
        figures.append(_mean_alignments(tables["mean_alignments"], settings))
    return figures


def answer_figure(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Figure | None:
    """The accuracy by length if the answer is on longer sources, otherwise the learning curves; None without their
    table."""
    if _by_length_answers(tables, settings):
        return _accuracy_by_length(tables["by_length"], settings)
    return _learning_curves(tables, settings) if "convergence" in tables else None


def _by_length_answers(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> bool:
    return primary_of(settings) == LONGER and "by_length" in tables


def _learning_curves(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Figure:
    table, diverged = tables["convergence"], "diverged" in set(tables["runs"]["status"])
    curves = mean_curves(table, "step", ACCURACY_COLUMN)
    plan = _panels(table, settings)
    drawing = figures.learning_curves(curves, plan, log=stops_early(settings))
    below = bool(table[ACCURACY_COLUMN].min() < drawing.axes[0].get_ylim()[0])
    return Figure(
        name="learning_curves",
        title="Learning curves",
        caption="Levenshtein accuracy, free-running, after each epoch. Thick: mean over seeds; band: its 95% "
        f"interval; thin: every seed (n = {_seeds(table)})"
        f"{'; cross: the last point of a run that diverged, which is in the mean up to there' * diverged}"
        f"{'; a run that ends early because it is solved keeps its last value' * stops_early(settings)}; dotted: "
        f"99%.{' Some thin lines run below their panel.' * below}{plan.caption}{_arm_words(settings)}",
        alt=f"Line chart of Levenshtein accuracy against training step for {_arms(table)}.",
        source="convergence.csv",
        drawing=drawing,
        header=curves.header,
        rows=curves.rows,
    )


def _time_to_threshold(not_failed: pd.DataFrame, settings: Mapping[str, Any]) -> Figure:
    diverged = "diverged" in set(not_failed["status"])
    plan = _panels(not_failed, settings)
    arms = [
        (levels, str(arm), rows["steps_to_99"].dropna().sort_values().tolist(), len(rows))
        for levels, group in split_levels(not_failed)
        for arm, rows in group.groupby("arm", sort=False)
    ]
    reached = [{**levels, "arm": arm, **asdict(proportion(len(steps), n))} for levels, arm, steps, n in arms]
    return Figure(
        name="time_to_threshold",
        title="Runs at 99% by training step",
        caption="The fraction of the runs, done or diverged, that have reached a Levenshtein accuracy of 99% by the "
        f"training step (n = {_seeds(not_failed)} runs an arm). Marker: a run reaches 99%"
        f"{'; cross: a run diverges' * diverged}.{plan.caption}",
        alt=f"Step chart of the fraction of runs at 99% against training step for {_arms(not_failed)}.",
        source="runs.csv",
        drawing=figures.time_to_threshold_curves(
            Curves(with_budget(not_failed, settings), "steps", "steps_to_99", pd.DataFrame(reached)),
            plan,
            log=stops_early(settings),
        ),
        header=[*factors_of(not_failed), "arm", "runs at 99%", "steps to 99%"],
        rows=[
            [*map(str, levels.values()), arm, f"{len(steps)} of {n}", ", ".join(map(str, steps)) or "-"]
            for levels, arm, steps, n in arms
        ],
    )


def _extra_metric_curves(table: pd.DataFrame, settings: Mapping[str, Any], metric: str) -> Figure:
    curves = mean_curves(table, "step", metric)
    plan = _panels(table, settings)
    epochs = set(table["epoch"])
    published = [
        one for one in settings["published"] if one["metric"] == metric and one["arm"] and one["epoch"] in epochs
    ]
    return Figure(
        name=metric,
        title=f"Metric of this study only: {metric}",
        caption=f"{metric} after each epoch, drawn as the learning curves."
        f"{' Stars: published values of the arm with their colour; bars: their range.' * bool(published)}"
        f"{plan.caption}",
        alt=f"Line chart of {metric} against training step for {_arms(table)}.",
        source="convergence.csv",
        drawing=figures.extra_metric_curves(curves, plan, published, log=stops_early(settings)),
        header=curves.header,
        rows=curves.rows,
    )


def _accuracy_by_length(table: pd.DataFrame, settings: Mapping[str, Any]) -> Figure:
    plan = _panels(table, settings)
    trained = [trained_lengths(settings, levels) for levels in plan.levels if "at_levels" in settings]
    further = bool(trained) and any(
        not rows["length"].between(*trained_lengths(settings, levels)).all() for levels, rows in split_levels(table)
    )
    column, metric = ("exact_match", EXACT) if further else (ACCURACY_COLUMN, ACCURACY)
    if further:
        table = pd.concat([with_untested(rows, settings, levels) for levels, rows in split_levels(table)])
    curves = mean_curves(table, "length", column)
    side = counted_side(settings)
    if figures.many_lengths(curves):
        marks = "Thick: mean over seeds; band: its 95% interval; thin: every seed"
    else:
        marks = (
            "Arms are side by side at each length. Markers: mean over seeds; bars: its 95% interval; dots: every seed"
        )
    return Figure(
        name="accuracy_by_length",
        title="Accuracy by length",
        caption=f"{formatting.capital(metric)}, free-running, at the end of training by the {side}'s length. {marks} "
        f"(n = {_seeds(table)}).{' Shaded: the lengths of the training' * further}"
        f"{'; the axis is logarithmic' * (further and figures.has_log_lengths(curves))}{'.' * further}"
        f"{_UNTESTED if not table['n'].all() else ''}{plan.caption}",
        alt=f"Chart of final {metric} against {side} length for {_arms(table)}.",
        source="by_length.csv",
        drawing=figures.accuracy_by_length(
            curves, plan, f"{side} length ({unit_of(settings)}s)", trained if further else None
        ),
        header=curves.header,
        rows=curves.rows,
    )


def _alignments(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Figure:
    maps = example_maps(tables["alignments"], settings)
    drawn = _selected(maps, settings)
    return Figure(
        name="alignments",
        title="Attention of one example",
        caption=f"Attention weights of one example of each arm's lowest seed.{alignment_caption(maps)}"
        f"{_boundaries(settings)}{_inexact(tables, drawn, settings)}"
        f"{selection_caption(maps, drawn)}",
        alt=f"Heat maps of attention weights over source and target positions for {_arms(tables['alignments'])}.",
        source="alignments.csv",
        drawing=figures.alignments(drawn),
        header=map_header(maps),
        rows=map_rows(maps),
        folded=True,
    )


def _mean_alignments(table: pd.DataFrame, settings: Mapping[str, Any]) -> Figure:
    maps = mean_maps(table, settings)
    drawn = _selected(maps, settings)
    name = common_name(one.expected for one in maps)
    marked = (
        f" Squares mark the {name}; the title of a panel gives the weight on it, over the steps that write a letter."
    )
    seeds = table.groupby(["arm", *factors_of(table)])["seed"].nunique()
    return Figure(
        name="mean_alignments",
        title="Mean attention",
        caption=f"Attention weights by position: the mean over {formatting.counted(table['n'].tolist(), 'example')} of "
        f"the longest length for each seed, and over seeds (n = {formatting.span(seeds.tolist())} a panel)."
        f"{marked if name else ''}{_boundaries(settings)}{selection_caption(maps, drawn)}",
        alt=f"Heat maps of mean attention weights over source and target positions for {_arms(table)}.",
        source="mean_alignments.csv",
        drawing=figures.mean_alignments(drawn),
        header=map_header(maps),
        rows=map_rows(maps),
    )


def _inexact(tables: Mapping[str, pd.DataFrame], drawn: Sequence[AttentionMap], settings: Mapping[str, Any]) -> str:
    """A sentence on the runs of the drawn examples that do not solve their task, in a study of the exact match: their
    attention is no example of how the others work. The examples have a length of the training; the test set may have
    others."""
    if primary_of(settings) not in (EXACT, LONGER) or "at_levels" not in settings:
        return ""
    titles = {one.title for one in drawn}
    runs = tables["runs"][tables["runs"]["run_id"].isin(tables["alignments"]["run_id"])]
    runs = runs.assign(exact=runs["run_id"].map(exact_on_trained(tables, settings)))
    inexact = [
        f"{name_at_levels(row.arm, levels)} ({row.exact:.3f})"
        for levels, rows in split_levels(runs)
        for row in records(rows[rows["exact"] < _MOSTLY_EXACT])
        if map_title(row.arm, label(levels)) in titles
    ]
    return (
        f" Exact on less than half of the test strings of the lengths of the training: {formatting.listed(inexact)}."
        if inexact
        else ""
    )


def _boundaries(settings: Mapping[str, Any]) -> str:
    """A sentence if a model puts boundary tokens round its source."""
    models = [{**settings.get("model", {}), **arm} for arm in settings["arms"].values()]
    if not any(model.get("boundaries") for model in models):
        return ""
    return " Weights on boundary tokens are not drawn, so a row may sum to less than 1."


def _panels(table: pd.DataFrame, settings: Mapping[str, Any]) -> PanelPlan:
    return plan_panels(table, [pair for one in declared_comparisons(settings) for pair in one.pairs])


def _selected(maps: Sequence[AttentionMap], settings: Mapping[str, Any]) -> Sequence[AttentionMap]:
    return selected_maps(maps, [one.pairs for one in declared_comparisons(settings)])


def _seeds(table: pd.DataFrame) -> str:
    """The number of seeds of an arm."""
    return formatting.span(table.groupby(["arm", *factors_of(table)])["seed"].nunique().tolist())


def _arm_words(settings: Mapping[str, Any]) -> str:
    """A sentence on what each arm changes, in the words of the study's contrasts; empty if they only name the arms."""
    words = [
        f"{one['arm']} = {one['says']}"
        for one in settings.get("contrasts", [])
        if one["says"] != f"{one['arm']} against {one['against']}"
    ]
    return f" The arms: {'; '.join(words)}." if words else ""


def _arms(table: pd.DataFrame) -> str:
    return formatting.listed([str(arm) for arm in table["arm"].unique()])
