"""What the benchmarks answer: a sentence a suite, and how far their rounds can be believed."""

from __future__ import annotations

import pandas as pd

from results import wording
from results.page import Answer
from results.speed_suites import SUITES, WORDS, Suite, interval, records, said, settings, varying, where
from results.statistics import Interval

QUESTION = (
    "How fast are packed and padded encoders, the attention scores, decoding at once and step by step, and a training "
    "step with and without attention?"
)


def speed_answer(throughput: pd.DataFrame) -> Answer:
    """For each suite and setting, the named candidates against their baselines."""
    verdicts = []
    for name, rows in settings(throughput):
        suite = SUITES[name]
        compared = [_compare(suite, rows[rows["candidate"] == candidate]) for candidate in suite.headlines]
        if any(compared):
            verdicts.append(f"{suite.title}: {'; '.join(filter(None, compared))} ({where(rows)}).")
    return Answer(question=QUESTION, verdicts=verdicts, points=[_control(throughput), _rounds(throughput)])


def _compare(suite: Suite, rows: pd.DataFrame) -> str:
    """One candidate's cases, counted; nothing where its tests failed."""
    if not len(rows):
        return ""
    opening = f"{rows['candidate'].iloc[0]} against {rows['baseline'].iloc[0]}"
    if suite.counted and varying(rows, [suite.counted]):
        say = WORDS[suite.counted]
        each = [f"{say(value)} {_counted(part)}" for value, part in rows.groupby(suite.counted)]
        return f"{opening}: {'; '.join(each)}"
    columns = [*varying(rows, suite.apart), "source_length"]
    cases = sorted(((interval(row), ", ".join(said(row, columns))) for row in records(rows)), key=_ratio)
    if len(cases) <= 2:
        return f"{opening}: {', '.join(f'{wording.speed_verdict(i)}, ratio {_place(i, place)}' for i, place in cases)}"
    ends = " to ".join(_place(*case) for case in (cases[0], cases[-1]))
    return f"{opening}: {_counts(rows)}, ratio from {ends}"


def _ratio(case: tuple[Interval, str]) -> float:
    return case[0].estimate


def _place(ratio: Interval, place: str) -> str:
    return f"{wording.ratio(ratio)} ({place})"


def _counted(rows: pd.DataFrame) -> str:
    ends = dict.fromkeys(wording.rounded(ratio) for ratio in (rows["ratio"].min(), rows["ratio"].max()))
    return f"{_counts(rows)}, ratio {' to '.join(ends)}"


def _counts(rows: pd.DataFrame) -> str:
    verdicts = [wording.speed_verdict(interval(row)) for row in records(rows)]
    return wording.listed([f"{word} in {verdicts.count(word)} of {len(rows)}" for word in dict.fromkeys(verdicts)])


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
