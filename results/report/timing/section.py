"""The section on the benchmarks. Long tables show a slice; throughput.csv has all rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.suites import (
    DIRECTIONS,
    SUITES,
    common_settings,
    main_plane,
    ratio_interval,
    split_suites,
    varying,
)
from results.page.elements import Section, Table
from results.report.timing.answer import comparisons_table
from results.report.timing.figures import timing_figures
from results.tables.study_schema import records
from results.tables.timing_schema import STUDY_SUITES

MEBIBYTE = 2**20


def timing_section(throughput: pd.DataFrame, rounds: pd.DataFrame | None, *, verdicts: bool) -> Section:
    """`rounds` is None if the folder no longer has those of the throughput. `verdicts`: whether there are any."""
    return Section(
        title="Speed",
        paragraphs=[
            "Times are compared within rounds: each round runs the candidate and its baseline one after the other, "
            "in random order, in one process. The ratio is candidate over baseline, the median over rounds.",
        ],
        tables=[comparisons_table(throughput, verdicts=verdicts), *timing_tables(throughput)],
        figures=timing_figures(throughput, rounds),
    )


def timing_tables(throughput: pd.DataFrame) -> list[Table]:
    """A table for each suite and device, and one of the fractions of peak."""
    tables = []
    for suite, rows in split_suites(throughput):
        if suite == "encoder":
            tables.append(_plane(main_plane(rows)))
        else:
            tables.append(_cases(suite, _longest(rows) if suite == "score" else rows))
    return [*tables, _fractions_of_peak(throughput)] if throughput["share"].notna().any() else tables


def _plane(plane: pd.DataFrame) -> Table:
    """padded_exact against packed: a row for each padding ratio, up to three lengths side by side."""
    all_lengths = sorted(plane["source_length"].unique())
    lengths = [all_lengths[index] for index in sorted({0, len(all_lengths) // 2, len(all_lengths) - 1})]
    lines = []
    for _, part in plane.groupby(["cell", "directions", "padding_ratio"]):
        by_key = {(row.candidate, row.source_length): row for row in records(part)}
        cells = []
        for length in lengths:
            packed, exact = by_key.get(("packed", length)), by_key.get(("padded_exact", length))
            cells += [_milliseconds(packed), formatting.ratio(ratio_interval(exact)) if exact else "-"]
        one = records(part)[0]
        lines.append([one.cell, DIRECTIONS[one.directions], f"{one.padding_ratio:g}", *cells])
    return Table(
        title=f"{SUITES['encoder'].title}: packed, and the ratio of padded_exact to it",
        note="Median time of packed, and the ratio of times with its 95% interval, below 1 is faster. Other lengths "
        f"and sizes, and padded, are in throughput.csv. On {common_settings(plane)}.",
        header=["cell", "directions", "padding ratio", *(word for length in lengths
                for word in (f"packed, {length} (ms)", f"ratio, {length}"))],
        rows=lines,
        source="throughput.csv",
        folded=True,
    )  # fmt: skip


def _longest(rows: pd.DataFrame) -> pd.DataFrame:
    """The single step and the longest targets of the main plane, each at its longest sources."""
    plane = main_plane(rows)
    ends = plane[plane["target_length"].isin([plane["target_length"].min(), plane["target_length"].max()])]
    return ends[ends["source_length"] == ends.groupby("target_length", dropna=False)["source_length"].transform("max")]


def _tokens(suite: str, rows: pd.DataFrame) -> str:
    """What tokens are counted."""
    if suite == "greedy":
        return "Tokens are the decoded steps of all sequences, each as long as the longest target"
    return f"Tokens are those of the {rows['tokens'].iloc[0]}, without padding"


def _cases(suite: str, rows: pd.DataFrame) -> Table:
    """A row for each candidate of each case."""
    shown = {*varying(rows, SUITES[suite].case_columns), "source_length"} - {"baseline"}
    columns = [column for column in SUITES[suite].case_columns if column in shown]
    if suite not in STUDY_SUITES:  # whose levels are texts, in the order of the study
        rows = rows.sort_values([*columns, "baseline"], kind="stable")
    compiled = rows["compile_seconds"].notna().any()
    lines = [
        [*(str(getattr(row, column)) for column in columns), row.candidate, _milliseconds(row),
         f"{row.tokens_per_second:,.0f}", row.baseline if row.baseline != row.candidate else "itself",
         formatting.ratio(ratio_interval(row)), _mebibytes(row),
         formatting.fraction_of_peak(row, 1),
         *([formatting.rounded(row.compile_seconds)] if compiled else [])]
        for row in records(rows)
    ]  # fmt: skip
    return Table(
        title=SUITES[suite].title,
        note=f"{_tokens(suite, rows)}; the ratio of times has its 95% "
        "interval, below 1 is faster; memory is the peak of the tensors' bytes during a call, minus the bytes "
        "before it; the fraction of peak is the time of the necessary work at the machine's peak rate over the time "
        f"taken; {formatting.counted(rows['rounds'].tolist(), 'round')} "
        f"each{', after a first call that compiled, where one is given' if compiled else ''}. On "
        f"{common_settings(rows)}.",
        header=[*(column.replace("_", " ") for column in columns), "candidate", "median (ms)", "tokens/s", "against",
                "ratio", "memory (MiB)", "fraction of peak", *(["compilation (s)"] if compiled else [])],
        rows=lines,
        source="throughput.csv",
        folded=True,
    )  # fmt: skip


def _fractions_of_peak(throughput: pd.DataFrame) -> Table:
    """The fraction of the machine's peak rate that each candidate reaches, over all of its cases."""
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
        title="Fractions of peak",
        note="The time that the machine needs for the necessary work of a case at its peak rate, for the rate that "
        "binds, over the median time. Padding and repeated work do not count as necessary.",
        header=["device", "threads", "suite", "candidate", "peak rate", "fraction of peak", "highest in"],
        rows=lines,
        source="throughput.csv",
        folded=True,
    )


def _milliseconds(row: Any) -> str:
    return formatting.rounded(row.median_seconds * 1e3) if row else "-"


def _mebibytes(row: Any) -> str:
    return "-" if pd.isna(row.peak_bytes) else formatting.rounded(row.peak_bytes / MEBIBYTE)
