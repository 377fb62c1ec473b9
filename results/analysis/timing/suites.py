"""The suites of the benchmarks: their titles, the candidates that the answer names, and the columns that cases vary in.

A case is identified by the length of its sources and a few more columns; a case of a study, by the levels of its
factors. Figures have a panel, and tables a column, for each of these columns that varies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.statistics import Interval, log_slope
from results.tables.study_schema import records
from results.tables.timing_schema import STUDY_SUITES, levels_of_case, shown_device

DIRECTIONS = {1: "one direction", 2: "two directions"}
PHRASES: dict[str, Callable[[Any], str]] = {
    "baseline": "against {}".format,
    "levels": "{}".format,
    "cell": "{}".format,
    "directions": lambda directions: DIRECTIONS[directions],
    "target_length": lambda length: "one step" if length == 1 else f"targets of {length} tokens",
    "source_length": "sources of {} tokens".format,
    "padding_ratio": lambda ratio: f"padding ratio {ratio:.2g}",
    "batch": "batch {}".format,
    "hidden_size": "hidden size {}".format,
}
"""Column -> its value as a phrase, in the order of a description."""
DEVICE_COLUMNS = ["device", "threads"]
"""Rows that differ in these are never in one figure or table."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    title: str
    short: str
    """The title in a table of all suites."""
    question: str
    """The first of the headlines, beside its baseline, answers it."""
    yes: Literal["faster", "slower"] | None = None
    """The verdict on that candidate that means yes; None for a question about all candidates."""
    headlines: tuple[str, ...] = ()
    """The candidates that the answer names, empty for all of them; tables have all."""
    case_columns: tuple[str, ...]
    """The columns that cases may vary in."""
    counted_by: str | None = None
    """The column by whose values the table of all comparisons splits the cases."""


SUITES = {
    "encoder": Suite(
        title="Encoders, forward and backward",
        short="encoder",
        question="Is a packed encoder faster than a padded one?",
        yes="slower",
        headlines=("padded_exact",),
        case_columns=("cell", "directions", "padding_ratio", "batch", "hidden_size", "source_length"),
        counted_by="padding_ratio",
    ),
    "score": Suite(
        title="Scores, forward and backward",
        short="score",
        question="Is the additive score slower than the general score?",
        yes="slower",
        headlines=("additive",),
        case_columns=("target_length", "batch", "hidden_size", "source_length"),
        counted_by="target_length",
    ),
    "decoder": Suite(
        title="A known target in parallel and step by step, forward and backward",
        short="known target",
        question="Is a known target decoded faster in parallel than step by step?",
        yes="faster",
        headlines=("general_parallel", "additive_parallel"),
        case_columns=("baseline", "batch", "hidden_size", "source_length"),
    ),
    "greedy": Suite(
        title="Greedy decoding",
        short="greedy decoding",
        question="Does attention make greedy decoding slower?",
        yes="slower",
        headlines=("general", "additive"),
        case_columns=("batch", "hidden_size", "source_length"),
    ),
    "training": Suite(
        title="A training step of the full model",
        short="training step",
        question="Does attention make a training step slower?",
        yes="slower",
        headlines=("general", "additive", "padded_exact"),
        case_columns=("baseline", "batch", "hidden_size", "source_length"),
    ),
    "metric": Suite(
        title="The edit distance in an evaluation",
        short="evaluation",
        question="Is the edit distance faster than the evaluation that it is part of?",
        yes="faster",
        headlines=("levenshtein",),
        case_columns=("batch", "hidden_size", "source_length"),
    ),
    "study_training": Suite(
        title="A training step of each arm of the study",
        short="training step",
        question="How much time does a training step of each arm take?",
        case_columns=("levels",),
    ),
    "study_greedy": Suite(
        title="Greedy decoding by each arm of the study",
        short="greedy decoding",
        question="How much time does greedy decoding by each arm take?",
        case_columns=("levels",),
    ),
}


def split_suites(throughput: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yields the name and the rows of each suite, separately for each device and number of threads.

    Rows of a study have the column `levels`: those of their case.
    """
    # A planned padding ratio is met to within a token: rows of the same planned ratio belong together.
    throughput = throughput.assign(padding_ratio=throughput["padding_ratio"].round(2))
    for name in SUITES:
        of_suite = throughput[throughput["suite"] == name]
        levels = of_suite["case"].map(levels_of_case) if name in STUDY_SUITES else None
        of_suite = of_suite.assign(levels=levels)
        for _, rows in of_suite.groupby(DEVICE_COLUMNS, sort=False):
            yield name, rows


def common_settings(rows: pd.DataFrame) -> str:
    """The settings that the rows of a suite share: `cpu, 2 threads, batch 32`."""
    first = records(rows)[0]
    columns = {*SUITES[first.suite].case_columns, "batch", "hidden_size", "padding_ratio"}
    columns -= {"baseline", "source_length", *varying(rows, list(PHRASES))}
    return ", ".join([device_label(rows), *phrases(first, columns)])


def device_label(rows: pd.DataFrame) -> str:
    """`cpu, 2 threads`, of rows that share both."""
    first = records(rows)[0]
    return shown_device(first.device, first.threads)


def varying(rows: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The columns in which the rows differ."""
    return [column for column in columns if rows[column].nunique(dropna=False) > 1]


def phrases(row: Any, columns: Collection[str]) -> list[str]:
    """The row's values in the columns as phrases; missing values are left out."""
    values = {column: getattr(row, column) for column in PHRASES if column in columns}
    return [PHRASES[column](value) for column, value in values.items() if not pd.isna(value) and value != ""]


def main_plane(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the batch and the hidden size that most of them have."""
    size = rows.groupby(["batch", "hidden_size"])["case"].transform("size")
    main: pd.DataFrame = rows[size == size.max()]
    return main


def with_quartiles(throughput: pd.DataFrame, rounds: pd.DataFrame | None) -> pd.DataFrame:
    """Adds `low_seconds` and `high_seconds`, the quartiles of a candidate's times; nan for a row without rounds."""
    if rounds is None:
        return throughput.assign(low_seconds=math.nan, high_seconds=math.nan)
    keys = ["suite", "case", "candidate"]
    quartiles = rounds.groupby(keys)["candidate_seconds"].quantile(np.array([0.25, 0.75])).unstack()
    return throughput.join(quartiles.set_axis(["low_seconds", "high_seconds"], axis=1), on=keys)


def ratio_interval(row: Any) -> Interval:
    """The ratio of a row of throughput.csv or peers.csv."""
    return Interval(row.ratio, row.ratio_low, row.ratio_high, row.rounds)


def slope(line: pd.DataFrame) -> float:
    """The slope of log time on log length: least squares over the longer half of the lengths, at least two.

    1 is linear growth, 2 quadratic; nan with a single length.
    """
    longer = line.sort_values("source_length").tail(max(2, -(-len(line) // 2)))
    return log_slope(longer["source_length"].tolist(), longer["median_seconds"].tolist())
