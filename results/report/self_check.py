"""The section on the benchmarks themselves: intervals where the true ratio is known, and the machine's peak rates."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from results.analysis import formatting
from results.analysis.self_check import by_true_ratio, check_verdicts, excluding
from results.page.elements import Section, Table
from results.tables.study_schema import records

UNITS = {"matmul": "Gflop/s", "tanh": "G elements/s", "reciprocal": "G elements/s", "copy": "GB/s"}
WORKS = {
    "matmul": "matrix product, {size} channels",
    "tanh": "tanh or sigmoid, the faster, of {size:,} elements",
    "reciprocal": "reciprocal of {size:,} elements",
    "copy": "copy of {size:,} elements, read and write",
}


def self_check_section(tables: Mapping[str, pd.DataFrame]) -> Section:
    """Shows `checks` and `ceilings`, whichever the folder has."""
    checks, peaks = tables.get("checks"), tables.get("ceilings")
    return Section(
        title="Self-check of the benchmarks",
        paragraphs=[] if checks is None else check_verdicts(checks),
        tables=[
            *([] if checks is None else [checks_table(checks)]),
            *([] if peaks is None else [peaks_table(peaks)]),
        ],
    )


def checks_table(checks: pd.DataFrame) -> Table:
    return Table(
        title="Cases whose true ratio is known",
        note="A difference is detected where the 95% interval of the ratio excludes 1. Fractions have exact binomial "
        "intervals.",
        header=["true ratio", "cases", "rounds", "median ratio", "interval excludes the true ratio",
                "difference detected"],
        rows=[
            [f"{planted:g}", f"{len(cases):,}", formatting.span(cases["rounds"].tolist()),
             f"{cases['ratio'].median():.4f}",
             *(formatting.count_of(excluding(cases, ratio)) for ratio in (planted, 1.0))]
            for planted, cases in by_true_ratio(checks)
        ],
        source="checks.csv",
    )  # fmt: skip


def peaks_table(peaks: pd.DataFrame) -> Table:
    return Table(
        title="Peak rates of this machine",
        note="The best median rate that torch reaches on this machine; a candidate's fraction of peak refers to these.",
        header=["device", "threads", "work", "rate"],
        rows=[
            [row.device, str(row.threads), WORKS[row.limit].format(size=row.size),
             f"{formatting.rounded(row.per_second / 1e9)} {UNITS[row.limit]}"]
            for row in records(peaks.sort_values(["device", "threads", "limit", "size"]))
        ],
        source="ceilings.csv",
    )  # fmt: skip
