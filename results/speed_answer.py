"""What the benchmarks answer: a sentence, a line for each comparison, and how far their rounds can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from results import wording
from results.page import Answer, Table
from results.speed_suites import SUITES, WORDS, Suite, interval, records, said, settings, varying, where
from results.statistics import Interval

QUESTION = "Is a packed encoder faster than a padded one, and what do scores, decoding and a training step cost?"


def speed_answer(throughput: pd.DataFrame) -> Answer:
    """For each suite and setting, the named candidates against their baselines; the first of them is the verdict."""
    compared = [*_compared(throughput)]
    return Answer(
        question=QUESTION,
        verdict=_verdict(*compared[0]) if compared else "",
        table=_table([line for each in compared for line in _lines(*each)]) if compared else None,
        points=[_control(throughput), _rounds(throughput)],
    )


def _compared(throughput: pd.DataFrame) -> Iterator[tuple[Suite, str, pd.DataFrame]]:
    """Each named candidate's cases, with the suite and what its cases have in common; none where its tests failed."""
    for name, rows in settings(throughput):
        for candidate in SUITES[name].headlines:
            cases = rows[rows["candidate"] == candidate]
            if len(cases):
                yield SUITES[name], where(rows), cases


def _verdict(suite: Suite, place: str, rows: pd.DataFrame) -> str:
    """Faster or slower, whichever is found more often, in how many cases, and by how much."""
    verdicts = _verdicts(rows)
    word = max(("faster", "slower"), key=verdicts.count)
    middle, least, most = (wording.rounded(float(rows["ratio"].quantile(part))) for part in (0.5, 0.0, 1.0))
    return (
        f"{rows['candidate'].iloc[0]} is {word} than {rows['baseline'].iloc[0]} in {verdicts.count(word)} of "
        f"{wording.plural(len(rows), 'case')}, and takes {middle} times as long in the median, {least} to {most} times "
        f"in the extremes ({suite.title.lower()}; {place})."
    )


def _lines(suite: Suite, place: str, rows: pd.DataFrame) -> Iterator[list[str]]:
    """One for each value of the column by which the suite counts, or one."""
    if suite.counted and varying(rows, [suite.counted]):
        for value, part in rows.groupby(suite.counted):
            yield _line(suite, WORDS[suite.counted](value), place, part)
    else:
        yield _line(suite, "-", place, rows)


def _line(suite: Suite, value: str, place: str, rows: pd.DataFrame) -> list[str]:
    columns = [*varying(rows, suite.apart), "source_length"]
    cases = sorted(((interval(row), ", ".join(said(row, columns))) for row in records(rows)), key=_ratio)
    verdicts = _verdicts(rows)
    return [
        suite.title,
        f"{rows['candidate'].iloc[0]} against {rows['baseline'].iloc[0]}",
        value,
        *map(str, (verdicts.count("faster"), verdicts.count("slower"), len(rows))),
        wording.rounded(rows["ratio"].median()),
        *(f"{wording.ratio(ratio)} ({at})" for ratio, at in (cases[0], cases[-1])),
        place,
    ]


def _table(lines: list[list[str]]) -> Table:
    return Table(
        title="Each comparison: ratios of times",
        note="Cases in which the candidate was shown to be faster, and slower, of how many; then the ratio of its time "
        "to the baseline's, below 1 is faster: the median case, and the least and the greatest with their 95% interval "
        "and what they were measured at.",
        header=["suite", "compared", "at", "faster", "slower", "of", "median", "least", "greatest", "on"],
        rows=lines,
        source="throughput.csv",
    )


def _verdicts(rows: pd.DataFrame) -> list[str]:
    return [wording.speed_verdict(interval(row)) for row in records(rows)]


def _ratio(case: tuple[Interval, Any]) -> float:
    return case[0].estimate


def _control(throughput: pd.DataFrame) -> str:
    """How often the baseline, timed against itself, was found different: it should be about one time in twenty."""
    itself = throughput[throughput["candidate"] == throughput["baseline"]]
    hold = sum(not interval(row).excludes(1.0) for row in records(itself))
    return (
        f"Control: the baseline was timed against itself in {wording.plural(len(itself), 'case')}; the 95% interval of "
        f"the ratio holds 1 in {hold} of them (95% should)."
    )


def _rounds(throughput: pd.DataFrame) -> str:
    wide = int((throughput["stopped"] == "limit").sum())
    return (
        f"Rounds: {wording.span(throughput['rounds'].tolist())} a row. Of {wording.plural(len(throughput), 'row')}, "
        f"{len(throughput) - wide:,} have an interval as narrow as was wanted; {wide:,} came to the limit of time or "
        "rounds before, and theirs is wider."
    )
