"""What a report says of the exact match on sources longer than those of the training: a table, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import label
from results.analysis.study.longer_sources import SOLVED, LongerSources, counted_side, longer_sources
from results.page.elements import Table
from results.tables.study_schema import LONGEST_OF_ALL, LONGEST_OF_EXACT

MOST_LENGTHS = 12
"""The most lengths beyond the training that a table has columns for; the figure has all."""


def longer_source_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each combination of levels: the arms, and the lengths beyond those of the training."""
    return [_table(one, settings) for one in longer_sources(tables, settings) if len(one.lengths) <= MOST_LENGTHS]


def longer_source_sentences(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each combination of levels: how many runs of each arm solve every longer length."""
    sentences = []
    for one in longer_sources(tables, settings):
        arms = [arm for arm in settings["arms"] if arm in one.ended]
        opening = f"At {label(one.levels)}, runs" if one.levels else "Runs"
        counts = [
            f"at every tested length beyond {one.longest}, up to {one.lengths[-1]:,}, "
            f"{_counts({arm: one.solved(arm) for arm in arms})}"
        ]
        if one.tests_trained:
            trained = {arm: f"{one.trained(arm)} of {one.ended[arm]}" for arm in arms}
            counts.append(f"on average over the lengths of the training, {one.trained_range}, {_counts(trained)}")
        sentences.append(f"{opening} with an exact match of at least {SOLVED:.0%}: {'; '.join(counts)}.")
    return sentences


def _counts(by_arm: Mapping[str, str]) -> str:
    """`shift 10 of 10, general and additive 0 of 10`."""
    arms_of: dict[str, list[str]] = {}
    for arm, count in by_arm.items():
        arms_of.setdefault(count, []).append(arm)
    return ", ".join(f"{formatting.listed(arms)} {count}" for count, arms in arms_of.items())


def _table(one: LongerSources, settings: Mapping[str, Any]) -> Table:
    groups = [*one.exact.columns]
    cells = []
    for arm in [arm for arm in settings["arms"] if arm in one.ended]:
        exact = one.of_arm(arm)
        means = ["-" if exact.empty else f"{exact[length].mean():.3f}" for length in groups]
        trained = [f"{one.trained(arm)} of {one.ended[arm]}"] if one.tests_trained else []
        cells.append([arm, *means, *trained, one.solved(arm)])
    of_levels = f", {label(one.levels)}" if one.levels else ""
    within = f"over all strings of {one.trained_range} letters, as in training, and " * one.tests_trained
    return Table(
        title=f"Exact match by the {counted_side(settings)}'s length{of_levels}",
        note=f"Means over the runs that are done: {within}at each length beyond {one.longest} letters."
        f"{_fewer(one.rows[one.rows['length'] > one.longest])} The last columns count the runs with at least "
        f"{SOLVED:.0%}, of those that are done or diverged; a diverged run has less.",
        header=[
            "arm",
            *(f"{length:,}" if length else one.trained_range for length in groups),
            *([f"{SOLVED:.0%}, {one.trained_range}"] * one.tests_trained),
            f"{SOLVED:.0%} at each beyond {one.longest}",
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
