"""The pictures that a report shows of a study, with their captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results import figures, wording
from results.columns import measures_in
from results.page import Picture
from results.records import factors_of


def study_pictures(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Picture]:
    """Those of the tables that are there; none of `tables` is empty."""
    pictures = []
    baseline = settings["baseline"]
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
                figure=figures.learning_curves(table, baseline),
            )
        )
        pictures += [_measure_curves(table, settings, name) for name in measures_in("convergence", list(table.columns))]
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
                figure=figures.accuracy_by_length(table, baseline),
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
    if "mean_alignments" in tables:
        table = tables["mean_alignments"]
        seeds = table.groupby(["arm", *factors_of(table)])["seed"].nunique()
        pictures.append(
            Picture(
                name="mean_alignments",
                title="Where the arms look on average",
                caption="Attention weights by position: the mean over "
                f"{wording.span(table['n'].tolist())} examples of the longest length for each seed, and over seeds "
                f"(n = {wording.span(seeds.tolist())} a panel). "
                "Squares mark the anti-diagonal; above each panel stands the share of the weight that is on it in the "
                "steps that write a letter.",
                alt=f"Heat maps of mean attention weights over source and target positions for {_arms(table)}.",
                source="mean_alignments.csv",
                figure=figures.mean_alignments(table),
            )
        )
    return pictures


def _measure_curves(table: pd.DataFrame, settings: Mapping[str, Any], measure: str) -> Picture:
    return Picture(
        name=measure,
        title=f"The study's own measure: {measure}",
        caption=f"{measure}, after each epoch, drawn as above. Black stars: what was published.",
        alt=f"Line chart of {measure} against training step for {_arms(table)}.",
        source="convergence.csv",
        figure=figures.measure_curves(table, settings["baseline"], measure, settings.get("published", [])),
    )


def _arms(table: pd.DataFrame) -> str:
    return wording.listed([str(arm) for arm in table["arm"].unique()])
