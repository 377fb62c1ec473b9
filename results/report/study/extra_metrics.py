"""What a report says of the metrics that only some studies have: their own, and the exact match on longer sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import group_by_levels, includes, label, split_levels
from results.analysis.study.longer_sources import counted_side, lengths_by_levels, trained_lengths
from results.analysis.study.run_metrics import ExtraMetric
from results.page.elements import Table
from results.tables.study_schema import LONGEST_OF_ALL, LONGEST_OF_EXACT

MOST_LENGTHS = 12
"""The most lengths beyond the training that a table has columns for; the figure has all."""
SOLVED = 0.99


def extra_metric_sentences(metrics: Sequence[ExtraMetric], settings: Mapping[str, Any]) -> list[str]:
    """Each metric beside the Levenshtein accuracy, for the baseline and the arms with published values of it."""
    sentences = []
    for levels, at_levels in group_by_levels(metrics):
        for metric in dict.fromkeys(one.metric for one in at_levels):
            published = [point["arm"] for point in settings["published"] if point["metric"] == metric]
            means = [
                f"{one.arm} {one.mean.estimate:.3f} and {one.mean.estimate - one.minus_accuracy.estimate:.3f}"
                for one in at_levels
                if one.metric == metric and one.arm in [settings["baseline"], *published] and one.mean.n
            ]
            opening = f"At {levels}, {metric}" if levels else metric
            sentences += [f"{opening} and Levenshtein accuracy of the same runs: {'; '.join(means)}."] * bool(means)
    return sentences


def extra_metric_tables(metrics: Sequence[ExtraMetric]) -> list[Table]:
    if not metrics:
        return []
    return [
        Table(
            title="Metrics of this study only",
            note="Means over seeds on the test set, and the metric minus the Levenshtein accuracy of the same runs.",
            header=[*metrics[0].levels, "arm", "metric", "mean", "minus Levenshtein accuracy", "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.arm,
                    one.metric,
                    formatting.fraction(one.mean),
                    formatting.difference(one.minus_accuracy),
                    str(one.mean.n),
                ]
                for one in metrics
            ],
            source="runs.csv",
            folded=True,
        )
    ]


def longer_source_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each combination of levels: the arms, and the lengths beyond those of the training."""
    found = []
    for levels, rows in lengths_by_levels(tables, settings):
        _, longest = trained_lengths(settings, levels)
        lengths = sorted(rows.loc[rows["length"] > longest, "length"].unique())
        if 0 < len(lengths) <= MOST_LENGTHS:
            runs = next(runs for at, runs in split_levels(tables["runs"]) if includes(at, levels))
            ended = runs[runs["status"] != "failed"].groupby("arm").size()
            found.append(_by_length(levels, rows, longest, lengths, ended, settings))
    return found


def _by_length(
    levels: Mapping[str, Any],
    rows: pd.DataFrame,
    longest: int,
    lengths: Sequence[int],
    ended: pd.Series[int],
    settings: Mapping[str, Any],
) -> Table:
    """`ended`: arm -> its runs that are done or diverged."""
    rows = rows.assign(group=rows["length"].where(rows["length"] > longest, 0), exact=rows["exact_match"] * rows["n"])
    sums = rows.groupby(["arm", "run_id", "group"])[["exact", "n"]].sum()
    longer = rows[rows["length"] > longest]
    # Arm and run x 0, which stands for the lengths of the training, and the lengths beyond.
    exact = (sums["exact"] / sums["n"].clip(lower=1)).unstack()
    cells = []
    for arm in [arm for arm in settings["arms"] if arm in ended]:
        of_arm = exact[exact.index.get_level_values("arm") == arm]
        solved = int((of_arm.to_numpy() >= SOLVED).all(axis=1).sum())
        means = ["-" if of_arm.empty else f"{of_arm[length].mean():.3f}" for length in (0, *lengths)]
        cells.append([arm, *means, f"{solved} of {ended[arm]}"])
    return Table(
        title=f"Exact match by the {counted_side(settings)}'s length{f', {label(levels)}' if levels else ''}",
        note=f"Means over the runs that are done: over all lengths up to {longest}, the longest in training, and at "
        f"each length beyond.{_fewer(longer)} Last, of the runs that are done or diverged, those with at least "
        f"{SOLVED:.0%} in every column; a diverged run does not count as one.",
        header=["arm", f"up to {longest}", *(f"{length:,}" for length in lengths), f"{SOLVED:.0%} everywhere"],
        rows=cells,
        source="by_length.csv",
    )


def _fewer(rows: pd.DataFrame) -> str:
    """A sentence on the lengths at which runs have unequal numbers of strings; empty without one."""
    numbers = rows[rows["length"] > LONGEST_OF_ALL].groupby("length")["n"].agg(["min", "max"]).astype(int)
    fewer = numbers[(numbers["min"] < numbers["max"]) | (numbers["min"] == 0)]
    if fewer.empty:
        return ""
    which = "; ".join(
        f"{f'{least} or {most}' if least < most else most} at {length:,}" for length, least, most in fewer.itertuples()
    )
    return (
        f" A run without an exact string at the length before has a tenth as many strings above {LONGEST_OF_ALL:,} "
        f"letters, and none above {LONGEST_OF_EXACT:,}, where its exact match counts as 0; strings of a run: {which}. "
        "Each run counts the same."
    )
