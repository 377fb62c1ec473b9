"""The answer of the benchmarks: a sentence, a table of the comparisons, the A/A control and the rounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from results.analysis import formatting
from results.analysis.timing_suites import (
    DEVICE_COLUMNS,
    PHRASES,
    SUITES,
    Suite,
    common_settings,
    device_label,
    phrases,
    ratio_interval,
    split_suites,
    varying,
)
from results.page.elements import Answer, Table
from results.statistics import Interval
from results.tables.study_schema import records

QUESTION = "Is a packed encoder faster than a padded one, and what do scores, decoding and a training step cost?"


@dataclass(frozen=True)
class _Compared:
    """The cases of a candidate in one row of the table."""

    suite: Suite
    at: str
    """What distinguishes the row from the candidate's other rows: device, threads, the suite's `counted_by`."""
    on: str
    """The settings that the cases of the suite share."""
    rows: pd.DataFrame

    @property
    def verdicts(self) -> list[str]:
        return [formatting.ratio_verdict(ratio_interval(row)) for row in records(self.rows)]

    def labels(self) -> list[str]:
        first = records(self.rows)[0]
        return [self.suite.title, f"{first.candidate} against {first.baseline}", self.at or "-"]


def timing_answer(throughput: pd.DataFrame) -> Answer:
    """The headline candidates of each suite against their baselines; the first gives the verdict."""
    compared = _compared(throughput)
    return Answer(
        question=QUESTION,
        word="",
        text=_verdict(compared[0]) if compared else "",
        table=_counts([part for one in compared for part in _split(one)]) if compared else None,
        points=[_control(throughput), _rounds(throughput)],
    )


def extremes_tables(throughput: pd.DataFrame) -> list[Table]:
    """The smallest and largest ratio of each row of the answer, with the settings of their cases."""
    lines = [[*part.labels(), *_extremes(part), part.on] for one in _compared(throughput) for part in _split(one)]
    table = Table(
        title="Smallest and largest ratios",
        note="The smallest and the largest ratio, each with its 95% interval and the settings of its case.",
        header=["suite", "compared", "at", "smallest", "largest", "on"],
        rows=lines,
        source="throughput.csv",
    )
    return [table] if lines else []


def _compared(throughput: pd.DataFrame) -> list[_Compared]:
    """Each headline candidate with all of its cases on a device; none if its benchmarks failed."""
    several_devices = bool(varying(throughput, DEVICE_COLUMNS))
    return [
        _Compared(
            SUITES[name],
            device_label(rows) if several_devices else "",
            common_settings(rows),
            rows[rows["candidate"] == candidate],
        )
        for name, rows in split_suites(throughput)
        for candidate in SUITES[name].headlines
        if (rows["candidate"] == candidate).any()
    ]


def _split(one: _Compared) -> list[_Compared]:
    """One item for each value of the suite's `counted_by`."""
    column = one.suite.counted_by
    if not column or not varying(one.rows, [column]):
        return [one]
    return [
        replace(one, at=", ".join(filter(None, [PHRASES[column](value), one.at])), rows=rows)
        for value, rows in one.rows.groupby(column)
    ]


def _verdict(one: _Compared) -> str:
    """Faster or slower, whichever verdict is more frequent: in how many cases, and by how much."""
    first = records(one.rows)[0]
    word = max(("faster", "slower"), key=one.verdicts.count)
    median, smallest, largest = _quantiles(one.rows)
    return (
        f"{first.candidate} is {word} than {first.baseline} in {one.verdicts.count(word)} of "
        f"{formatting.plural(len(one.rows), 'case')}, and takes {median} times as long in the median case, "
        f"{smallest} to {largest} times over all cases ({one.suite.title.lower()}; {one.on})."
    )


def _counts(parts: list[_Compared]) -> Table:
    return Table(
        title="Each comparison: ratios of times",
        note="Cases in which the candidate is faster, and slower, out of how many; then the median, the smallest "
        "and the largest ratio of its time to the baseline's: below 1 is faster.",
        header=["suite", "compared", "at", "faster", "slower", "of", "median", "smallest", "largest"],
        rows=[
            [*part.labels(), *(str(part.verdicts.count(word)) for word in ("faster", "slower")), str(len(part.rows)),
             *_quantiles(part.rows)]
            for part in parts
        ],
        source="throughput.csv",
    )  # fmt: skip


def _quantiles(rows: pd.DataFrame) -> list[str]:
    """The median, the smallest and the largest ratio."""
    return [formatting.rounded(float(rows["ratio"].quantile(q))) for q in (0.5, 0.0, 1.0)]


def _extremes(part: _Compared) -> list[str]:
    columns = [*varying(part.rows, part.suite.case_columns), "source_length"]
    cases = sorted(((ratio_interval(row), ", ".join(phrases(row, columns))) for row in records(part.rows)), key=_ratio)
    return [f"{formatting.ratio(ratio)}, {at}" for ratio, at in (cases[0], cases[-1])]


def _ratio(case: tuple[Interval, str]) -> float:
    return case[0].estimate


def _control(throughput: pd.DataFrame) -> str:
    """How often the interval of a baseline timed against itself holds 1: 95% of the time, if intervals are right."""
    itself = throughput[throughput["candidate"] == throughput["baseline"]]
    hold = sum(not ratio_interval(row).excludes(1.0) for row in records(itself))
    return (
        f"A/A control: the baseline was timed against itself in {formatting.plural(len(itself), 'case')}; the 95% "
        f"interval of the ratio holds 1 in {hold} of them (expected: 95%)."
    )


def _rounds(throughput: pd.DataFrame) -> str:
    wide = int((throughput["stopped"] == "limit").sum())
    return (
        f"Rounds: {formatting.span(throughput['rounds'].tolist())} a row. Of "
        f"{formatting.plural(len(throughput), 'row')}, {len(throughput) - wide:,} have an interval as narrow as the "
        f"profile asks; {wide:,} reached the limit of time or rounds first and have a wider one."
    )
