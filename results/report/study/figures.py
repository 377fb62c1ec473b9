"""The pictures that a report shows of a study, with their captions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.alignments import common_name
from results.analysis.attention_maps import example_maps, map_header, map_rows, marks, mean_maps
from results.analysis.factor_levels import split_levels
from results.analysis.seed_curves import Curves, over_seeds
from results.page.elements import Picture
from results.statistics import proportion
from results.tables.csv_io import factors_of
from results.tables.study_schema import measures_in

ACCURACY = "levenshtein_accuracy"


def study_pictures(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Picture]:
    """Those of the tables that are there; none of `tables` is empty."""
    pictures = []
    if "convergence" in tables:
        table = tables["convergence"]
        pictures.append(_learning_curves(table, settings))
        pictures += [_measure_curves(table, settings, name) for name in measures_in("convergence", list(table.columns))]
    went = tables["runs"][tables["runs"]["status"] != "failed"]
    if settings["primary"] == "steps_to_99" and len(went):
        pictures.append(_arrivals(went, settings))
    if "by_length" in tables:
        pictures.append(_accuracy_by_length(tables["by_length"], settings))
    if "alignments" in tables:
        pictures.append(_alignments(tables["alignments"], settings))
    if "mean_alignments" in tables:
        pictures.append(_mean_alignments(tables["mean_alignments"], settings))
    return pictures


def _learning_curves(table: pd.DataFrame, settings: Mapping[str, Any]) -> Picture:
    curves = over_seeds(table, "step", ACCURACY)
    return Picture(
        name="learning_curves",
        title="How the arms learn",
        caption="Levenshtein accuracy, free-running, after each epoch. Thick: mean over seeds; band: its 95% interval; "
        "thin: every seed; cross: a run that diverged there, and is in the mean up to there. The dotted line is at "
        "99%.",
        alt=f"Line chart of Levenshtein accuracy against training step for {_arms(table)}.",
        source="convergence.csv",
        figure=figures.learning_curves(curves, settings["baseline"]),
        header=curves.header,
        rows=curves.rows,
    )


def _arrivals(went: pd.DataFrame, settings: Mapping[str, Any]) -> Picture:
    diverged = "diverged" in set(went["status"])
    arms = [
        (levels, str(arm), rows["steps_to_99"].dropna().sort_values().tolist(), len(rows))
        for levels, at_levels in split_levels(went)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]
    shares = [{**levels, "arm": arm, **asdict(proportion(len(steps), n))} for levels, arm, steps, n in arms]
    return Picture(
        name="arrivals",
        title="When the arms get to 99%",
        caption="The share of the runs, done or diverged, that have had a Levenshtein accuracy of 99% or more by the "
        f"training step. A marker: a run that gets there{'; a cross: one that diverged there' * diverged}.",
        alt=f"Step chart of the share of runs at 99% against training step for {_arms(went)}.",
        source="runs.csv",
        figure=figures.arrival_curves(Curves(went, "steps", "steps_to_99", pd.DataFrame(shares)), settings["baseline"]),
        header=[*factors_of(went), "arm", "runs at 99%", "after so many steps"],
        rows=[
            [*map(str, levels.values()), arm, f"{len(steps)} of {n}", ", ".join(map(str, steps)) or "-"]
            for levels, arm, steps, n in arms
        ],
    )


def _measure_curves(table: pd.DataFrame, settings: Mapping[str, Any], measure: str) -> Picture:
    curves = over_seeds(table, "step", measure)
    return Picture(
        name=measure,
        title=f"The study's own measure: {measure}",
        caption=f"{measure}, after each epoch, drawn as above. Black stars: what was published.",
        alt=f"Line chart of {measure} against training step for {_arms(table)}.",
        source="convergence.csv",
        figure=figures.measure_curves(curves, settings["baseline"], settings.get("published", [])),
        header=curves.header,
        rows=curves.rows,
    )


def _accuracy_by_length(table: pd.DataFrame, settings: Mapping[str, Any]) -> Picture:
    curves = over_seeds(table, "length", ACCURACY)
    return Picture(
        name="accuracy_by_length",
        title="What length does",
        caption="Levenshtein accuracy, free-running, at the end of training by the target's length. Markers: mean over "
        "seeds; bars: its 95% interval; dots: every seed. Arms are set side by side at each length.",
        alt=f"Chart of final Levenshtein accuracy against target length for {_arms(table)}.",
        source="by_length.csv",
        figure=figures.accuracy_by_length(curves, settings["baseline"]),
        header=curves.header,
        rows=curves.rows,
    )


def _alignments(table: pd.DataFrame, settings: Mapping[str, Any]) -> Picture:
    maps = example_maps(table, settings)
    return Picture(
        name="alignments",
        title="Where the arms look",
        caption=f"Attention weights of one test example of each arm's lowest seed.{marks(maps)}",
        alt=f"Heat maps of attention weights over source and target positions for {_arms(table)}.",
        source="alignments.csv",
        figure=figures.alignments(maps),
        header=map_header(maps),
        rows=map_rows(maps),
    )


def _mean_alignments(table: pd.DataFrame, settings: Mapping[str, Any]) -> Picture:
    maps = mean_maps(table, settings)
    name = common_name(one.expected for one in maps)
    marked = (
        f" Squares mark the {name}; above each panel stands the share of the weight that is on it in the steps that "
        "write a letter."
    )
    seeds = table.groupby(["arm", *factors_of(table)])["seed"].nunique()
    return Picture(
        name="mean_alignments",
        title="Where the arms look on average",
        caption=f"Attention weights by position: the mean over {formatting.counted(table['n'].tolist(), 'example')} of "
        f"the longest length for each seed, and over seeds (n = {formatting.span(seeds.tolist())} a panel)."
        f"{marked if name else ''}",
        alt=f"Heat maps of mean attention weights over source and target positions for {_arms(table)}.",
        source="mean_alignments.csv",
        figure=figures.mean_alignments(maps),
        header=map_header(maps),
        rows=map_rows(maps),
    )


def _arms(table: pd.DataFrame) -> str:
    return formatting.listed([str(arm) for arm in table["arm"].unique()])
