"""The tables that a report shows of the benchmarks: of a long map a slice that can be read; throughput.csv has all."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing_suites import DIRECTIONS, SUITES, interval, main_plane, records, settings, varying, where
from results.page.elements import Table

MEBIBYTE = 2**20


def speed_tables(throughput: pd.DataFrame) -> list[Table]:
    """One for each suite and setting, and one for the shares of the machine's limits."""
    tables = []
    for suite, rows in settings(throughput):
        if suite == "encoder":
            tables.append(_plane(main_plane(rows)))
        else:
            tables.append(_cases(suite, _longest(rows) if suite == "score" else rows))
    return [*tables, _shares(throughput)] if throughput["share"].notna().any() else tables


def _plane(plane: pd.DataFrame) -> Table:
    """padded_exact against packed: a line a padding ratio, up to three lengths side by side."""
    every = sorted(plane["source_length"].unique())
    lengths = [every[place] for place in sorted({0, len(every) // 2, len(every) - 1})]
    lines = []
    for _, part in plane.groupby(["cell", "directions", "padding_ratio"]):
        found = {(row.candidate, row.source_length): row for row in records(part)}
        cells = []
        for length in lengths:
            packed, exact = found.get(("packed", length)), found.get(("padded_exact", length))
            cells += [_milliseconds(packed), formatting.ratio(interval(exact)) if exact else "-"]
        one = records(part)[0]
        lines.append([one.cell, DIRECTIONS[one.directions], f"{one.padding_ratio:g}", *cells])
    return Table(
        title=f"{SUITES['encoder'].title}: packed, and the ratio of padded_exact to it",
        note="Median time of packed, and the ratio of times with its 95% interval, below 1 is faster. Other lengths "
        f"and sizes, and padded, are in throughput.csv. On {where(plane)}.",
        header=["cell", "directions", "padding ratio", *(word for length in lengths
                for word in (f"packed, {length} (ms)", f"ratio, {length}"))],
        rows=lines,
        source="throughput.csv",
    )  # fmt: skip


def _longest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the main plane, a single step and the longest targets, each at its longest sources."""
    plane = main_plane(rows)
    ends = plane[plane["target_length"].isin([plane["target_length"].min(), plane["target_length"].max()])]
    return ends[ends["source_length"] == ends.groupby("target_length")["source_length"].transform("max")]


def _cases(suite: str, rows: pd.DataFrame) -> Table:
    """A line for each candidate of each case."""
    columns = [column for column in varying(rows, SUITES[suite].apart) if column != "baseline"]
    columns.append("source_length")
    compiled = rows["compile_seconds"].notna().any()
    lines = [
        [*(str(getattr(row, column)) for column in columns), row.candidate, _milliseconds(row),
         f"{row.tokens_per_second:,.0f}", row.baseline if row.baseline != row.candidate else "itself",
         formatting.ratio(interval(row)), formatting.speed_verdict(interval(row)), _mebibytes(row), _share(row),
         *([formatting.rounded(row.compile_seconds)] if compiled else [])]
        for row in records(rows.sort_values([*columns, "baseline"], kind="stable"))
    ]  # fmt: skip
    return Table(
        title=SUITES[suite].title,
        note=f"Tokens are those of the {rows['tokens'].iloc[0]}, without padding; the ratio of times has its 95% "
        f"interval, below 1 is faster; memory is the most that tensors held beyond what they held before; the share is "
        f"that of the machine's limit for the work that is asked for; "
        f"{formatting.counted(rows['rounds'].tolist(), 'round')} each"
        f"{', after a first call that compiled, where one is given' if compiled else ''}. On {where(rows)}.",
        header=[*(column.replace("_", " ") for column in columns), "candidate", "median (ms)", "tokens/s", "beside",
                "ratio", "verdict", "memory (MiB)", "share of limit", *(["compilation (s)"] if compiled else [])],
        rows=lines,
        source="throughput.csv",
    )  # fmt: skip


def _shares(throughput: pd.DataFrame) -> Table:
    """How near each candidate of each suite comes to the machine's limit, over all of its cases."""
    known = throughput[throughput["share"].notna()]
    lines = []
    for (device, threads, suite, candidate), rows in known.groupby(
        ["device", "threads", "suite", "candidate"], sort=False
    ):
        best = records(rows[rows["share"] == rows["share"].max()])[0]
        lines.append(
            [str(device), str(threads), str(suite), str(candidate), formatting.listed(list(rows["limit"].unique())),
             f"{formatting.span((100 * rows['share']).tolist(), places=1)}%", best.case]
        )  # fmt: skip
    return Table(
        title="How near the machine's limit",
        note="The least time that the machine would take for the work that a case asks for, at the limit that binds, "
        "over the median time. Padding is not asked for, nor is anything done twice: nobody reaches 100%.",
        header=["device", "threads", "suite", "candidate", "limit", "share reached", "the most in"],
        rows=lines,
        source="throughput.csv",
    )


def _milliseconds(row: Any) -> str:
    return formatting.rounded(row.median_seconds * 1e3) if row else "-"


def _mebibytes(row: Any) -> str:
    return "-" if pd.isna(row.peak_bytes) else formatting.rounded(row.peak_bytes / MEBIBYTE)


def _share(row: Any) -> str:
    return "-" if pd.isna(row.share) else f"{row.share:.1%} of {row.limit}"
