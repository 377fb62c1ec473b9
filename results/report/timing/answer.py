"""What the benchmarks answer: a sentence, a line for each comparison, and how far their rounds can be believed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from results.analysis import formatting
from results.analysis.timing_suites import (
    SETTING,
    SUITES,
    WORDS,
    Suite,
    interval,
    records,
    said,
    setting,
    settings,
    varying,
    where,
)
from results.page.elements import Answer, Table
from results.statistics import Interval

QUESTION = "Is a packed encoder faster than a padded one, and what do scores, decoding and a training step cost?"


@dataclass(frozen=True)
class _Compared:
    """The cases of a named candidate that a line speaks of."""

    suite: Suite
    at: str
    """What sets them apart from the other lines of that candidate: the setting, and what the suite counts by."""
    on: str
    """What the cases of the suite have in common."""
    rows: pd.DataFrame

    @property
    def verdicts(self) -> list[str]:
        return [formatting.speed_verdict(interval(row)) for row in records(self.rows)]

    def named(self) -> list[str]:
        first = records(self.rows)[0]
        return [self.suite.title, f"{first.candidate} against {first.baseline}", self.at or "-"]


def speed_answer(throughput: pd.DataFrame) -> Answer:
    """For each suite and setting, the named candidates against their baselines; the first of them is the verdict."""
    compared = _compared(throughput)
    return Answer(
        question=QUESTION,
        verdict=_verdict(compared[0]) if compared else "",
        table=_counts([part for one in compared for part in _split(one)]) if compared else None,
        points=[_control(throughput), _rounds(throughput)],
    )


def extremes_tables(throughput: pd.DataFrame) -> list[Table]:
    """The least and the greatest ratio of each line of the answer, and where they were found."""
    lines = [[*part.named(), *_extremes(part), part.on] for one in _compared(throughput) for part in _split(one)]
    table = Table(
        title="The extremes of what is compared",
        note="The least and the greatest ratio, each with its 95% interval and what it was measured at.",
        header=["suite", "compared", "at", "least", "greatest", "on"],
        rows=lines,
        source="throughput.csv",
    )
    return [table] if lines else []


def _compared(throughput: pd.DataFrame) -> list[_Compared]:
    """Each named candidate with all of its cases in a setting; none where its tests failed."""
    apart = bool(varying(throughput, SETTING))
    return [
        _Compared(SUITES[name], setting(rows) if apart else "", where(rows), rows[rows["candidate"] == candidate])
        for name, rows in settings(throughput)
        for candidate in SUITES[name].headlines
        if (rows["candidate"] == candidate).any()
    ]


def _split(one: _Compared) -> list[_Compared]:
    """A part for each value of the column by which the suite counts."""
    column = one.suite.counted
    if not column or not varying(one.rows, [column]):
        return [one]
    return [
        replace(one, at=", ".join(filter(None, [WORDS[column](value), one.at])), rows=rows)
        for value, rows in one.rows.groupby(column)
    ]


def _verdict(one: _Compared) -> str:
    """Faster or slower, whichever is found more often, in how many cases, and by how much."""
    first = records(one.rows)[0]
    word = max(("faster", "slower"), key=one.verdicts.count)
    middle, least, most = _quantiles(one.rows)
    return (
        f"{first.candidate} is {word} than {first.baseline} in {one.verdicts.count(word)} of "
        f"{formatting.plural(len(one.rows), 'case')}, and takes {middle} times as long in the median, {least} to {most} "
        f"times in the extremes ({one.suite.title.lower()}; {one.on})."
    )


def _counts(parts: list[_Compared]) -> Table:
    return Table(
        title="Each comparison: ratios of times",
        note="Cases in which the candidate was shown to be faster, and slower, of how many; then the ratio of its time "
        "to the baseline's in the median case, the least and the greatest: below 1 is faster.",
        header=["suite", "compared", "at", "faster", "slower", "of", "median", "least", "greatest"],
        rows=[
            [*part.named(), *(str(part.verdicts.count(word)) for word in ("faster", "slower")), str(len(part.rows)),
             *_quantiles(part.rows)]
            for part in parts
        ],
        source="throughput.csv",
    )  # fmt: skip


def _quantiles(rows: pd.DataFrame) -> list[str]:
    """The median ratio, the least and the greatest."""
    return [formatting.rounded(float(rows["ratio"].quantile(part))) for part in (0.5, 0.0, 1.0)]


def _extremes(part: _Compared) -> list[str]:
    columns = [*varying(part.rows, part.suite.apart), "source_length"]
    cases = sorted(((interval(row), ", ".join(said(row, columns))) for row in records(part.rows)), key=_ratio)
    return [f"{formatting.ratio(ratio)} ({at})" for ratio, at in (cases[0], cases[-1])]


def _ratio(case: tuple[Interval, str]) -> float:
    return case[0].estimate


def _control(throughput: pd.DataFrame) -> str:
    """How often the baseline, timed against itself, was found different: it should be about one time in twenty."""
    itself = throughput[throughput["candidate"] == throughput["baseline"]]
    hold = sum(not interval(row).excludes(1.0) for row in records(itself))
    return (
        f"Control: the baseline was timed against itself in {formatting.plural(len(itself), 'case')}; the 95% interval of "
        f"the ratio holds 1 in {hold} of them (95% should)."
    )


def _rounds(throughput: pd.DataFrame) -> str:
    wide = int((throughput["stopped"] == "limit").sum())
    return (
        f"Rounds: {formatting.span(throughput['rounds'].tolist())} a row. Of {formatting.plural(len(throughput), 'row')}, "
        f"{len(throughput) - wide:,} have an interval as narrow as was wanted; {wide:,} came to the limit of time or "
        "rounds before, and theirs is wider."
    )
