"""What a report says of the metrics that only some studies have: their own, and the exact match on longer sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class _LongerSources:
    """The exact match of the runs that are done on sources longer than those of the training, at some levels."""

    levels: Mapping[str, Any]
    longest: int
    """In letters, of the training."""
    rows: pd.DataFrame
    """Of by_length.csv"""
    ended: pd.Series[int]
    """Arm -> its runs that are done or diverged"""

    @cached_property
    def lengths(self) -> list[int]:
        """Those beyond the training."""
        return sorted(self.rows.loc[self.rows["length"] > self.longest, "length"].unique())

    @cached_property
    def exact(self) -> pd.DataFrame:
        """Arm and run x 0, which stands for the lengths of the training, and `lengths`."""
        group = self.rows["length"].where(self.rows["length"] > self.longest, 0)
        weighted = self.rows.assign(group=group, exact=self.rows["exact_match"] * self.rows["n"])
        sums = weighted.groupby(["arm", "run_id", "group"])[["exact", "n"]].sum()
        return (sums["exact"] / sums["n"].clip(lower=1)).unstack()

    def of_arm(self, arm: str) -> pd.DataFrame:
        return self.exact[self.exact.index.get_level_values("arm") == arm]

    def solved(self, arm: str) -> str:
        """`9 of 10`: the runs of an arm that solve every length, of those that are done or diverged."""
        return f"{int((self.of_arm(arm) >= SOLVED).all(axis='columns').sum())} of {self.ended[arm]}"

    def trained(self, arm: str) -> int:
        """The number of runs of an arm that solve the lengths of the training."""
        return int((self.of_arm(arm)[0] >= SOLVED).sum()) if len(self.of_arm(arm)) else 0


def longer_source_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each combination of levels: the arms, and the lengths beyond those of the training."""
    return [_table(one, settings) for one in _longer_sources(tables, settings) if len(one.lengths) <= MOST_LENGTHS]


def longer_source_sentences(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each combination of levels: how many runs of each arm solve every length beyond the training."""
    sentences = []
    for one in _longer_sources(tables, settings):
        arms_of: dict[str, list[str]] = {}
        for arm in [arm for arm in settings["arms"] if arm in one.ended]:
            arms_of.setdefault(f"{one.solved(arm)} ({one.trained(arm)})", []).append(arm)
        counts = [f"{formatting.listed(arms)} {number}" for number, arms in arms_of.items()]
        opening = f"At {label(one.levels)}, runs" if one.levels else "Runs"
        sentences.append(
            f"{opening} with an exact match of {SOLVED:.0%} or more at each tested length up to {one.lengths[-1]:,} "
            f"(at those of the training, up to {one.longest}): {'; '.join(counts)}."
        )
    return sentences


def _longer_sources(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Iterator[_LongerSources]:
    for levels, rows in lengths_by_levels(tables, settings):
        runs = next(runs for at, runs in split_levels(tables["runs"]) if includes(at, levels))
        ended = runs[runs["status"] != "failed"].groupby("arm").size()
        found = _LongerSources(levels, trained_lengths(settings, levels)[1], rows, ended)
        if found.lengths:
            yield found


def _table(one: _LongerSources, settings: Mapping[str, Any]) -> Table:
    cells = []
    for arm in [arm for arm in settings["arms"] if arm in one.ended]:
        exact = one.of_arm(arm)
        means = ["-" if exact.empty else f"{exact[length].mean():.3f}" for length in (0, *one.lengths)]
        cells.append([arm, *means, f"{one.trained(arm)} of {one.ended[arm]}", one.solved(arm)])
    of_levels = f", {label(one.levels)}" if one.levels else ""
    return Table(
        title=f"Exact match by the {counted_side(settings)}'s length{of_levels}",
        note=f"Means over the runs that are done: over all strings of up to {one.longest} letters, the longest in "
        f"training, and at each length beyond.{_fewer(one.rows[one.rows['length'] > one.longest])} The last columns "
        f"count the runs with at least {SOLVED:.0%}, of those that are done or diverged; a diverged run has less.",
        header=[
            "arm",
            f"up to {one.longest}",
            *(f"{length:,}" for length in one.lengths),
            f"{SOLVED:.0%} up to {one.longest}",
            f"{SOLVED:.0%} at all lengths",
        ],
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
