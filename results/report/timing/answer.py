"""The answer of the benchmarks: yes or no in how many cases, a table of ratios, the A/A controls and the rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from results.analysis import formatting
from results.analysis.study.own_data import file_names
from results.analysis.timing.ratio_counts import (
    YES_OR_NO,
    RatioCounts,
    common_settings_of,
    explaining_settings,
    having,
    median_row,
)
from results.analysis.timing.self_check import cautions, is_smoke
from results.analysis.timing.suites import (
    DEVICE_COLUMNS,
    PHRASES,
    SUITES,
    Suite,
    device_label,
    phrases,
    ratio_interval,
    split_suites,
    varying,
)
from results.page.elements import Answer, Table
from results.page.provenance import measured_on
from results.report.timing.figures import encoder_map
from results.statistics import ALPHA, Interval, proportion
from results.tables.study_schema import records

_EXPLAINED = {
    "padded_exact": "padded_exact, which computes the same values on padded tensors,",
}
"""Candidate -> its name with an explanation."""


@dataclass(frozen=True)
class _Compared:
    """The cases of a candidate against one baseline on one device."""

    suite: Suite
    device: str
    """Empty if all rows of the table are of one device and number of threads."""
    rows: pd.DataFrame

    @property
    def candidate(self) -> str:
        return str(self.rows["candidate"].iloc[0])

    @property
    def baseline(self) -> str:
        return str(self.rows["baseline"].iloc[0])

    @property
    def ratios(self) -> list[Interval]:
        return [ratio_interval(row) for row in records(self.rows)]

    @property
    def counts(self) -> RatioCounts:
        return RatioCounts.of(self.ratios)

    @property
    def columns(self) -> list[str]:
        """The columns in which cases of the suite may differ."""
        return [*self.suite.case_columns]

    @property
    def in_answer(self) -> bool:
        """Whether the answer names it."""
        return not self.suite.headlines or self.candidate in self.suite.headlines

    def label(self) -> str:
        where = f", {self.device}" if self.device else ""
        return f"{self.suite.short}{where}: {self.candidate} against {self.baseline}"


def timing_answer(throughput: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """The answer to the question of the first suite in the table; `parts` are the provenance of the benchmarks."""
    headlines = [one for one in _compared(throughput) if one.in_answer]
    word, text = "", ""
    if headlines and (yes := headlines[0].suite.yes):
        headlines = [one for one in headlines if one.suite.yes]
        key = (headlines[0].suite, headlines[0].candidate)
        word, text = _verdict([one for one in headlines if (one.suite, one.candidate) == key], yes)
    elif headlines:  # the arms of a study, in the first suite on the first device
        headlines = [one for one in headlines if (one.suite, one.device) == (headlines[0].suite, headlines[0].device)]
        text = _times_of_arms(headlines)
    controls = _controls(throughput)
    smoke = is_smoke(parts)
    return Answer(
        question=headlines[0].suite.question if headlines else "How fast are the parts of the model?",
        word="No verdict" if smoke else word,
        text="" if smoke else text,
        basis=_basis(headlines or _compared(throughput), parts),
        cautions=cautions(parts, controls),
        figure=encoder_map(throughput),
        table=_ratios(headlines, smoke) if headlines else None,
        points=[_control_sentence(controls), _rounds(throughput)],
    )


def comparisons_table(throughput: pd.DataFrame, *, verdicts: bool) -> Table:
    """Every candidate, the smallest and largest ratio with their cases."""
    return Table(
        title="All comparisons",
        note="The smallest and the largest ratio of the candidate's time to the baseline's, each with its 95% interval "
        "and its case.",
        header=["compared", "at", "verdict", "smallest", "largest"],
        rows=[
            [one.label(), at, one.counts.phrases()[0] if verdicts else "-", *_extremes(one)]
            for whole in _compared(throughput)
            for at, one in _split(whole)
        ],
        source="throughput.csv",
        folded=True,
    )


def _compared(throughput: pd.DataFrame) -> list[_Compared]:
    """Each candidate beside its baseline on each device; the headlines of a suite first."""
    several_devices = bool(varying(throughput, DEVICE_COLUMNS))
    compared = []
    for name, rows in split_suites(throughput):
        suite = SUITES[name]
        device = device_label(rows) if several_devices else ""
        others = rows[rows["candidate"] != rows["baseline"]]
        groups = [_Compared(suite, device, part) for _, part in others.groupby(["candidate", "baseline"], sort=False)]
        ranks = {candidate: rank for rank, candidate in enumerate(suite.headlines)}
        compared += sorted(groups, key=lambda one: ranks.get(one.candidate, len(ranks)))
    return compared


def _split(one: _Compared) -> list[tuple[str, _Compared]]:
    """The cases for each value of the suite's `counted_by`, with the value."""
    column = one.suite.counted_by
    if not column or not varying(one.rows, [column]):
        return [("-", one)]
    return [
        (PHRASES[column](value), _Compared(one.suite, one.device, rows)) for value, rows in one.rows.groupby(column)
    ]


def _verdict(compared: Sequence[_Compared], yes: Literal["faster", "slower"]) -> tuple[str, str]:
    """The word and the sentences of a candidate, which has an item for each device."""
    words = [one.counts.word(yes) for one in compared]
    return words[0] if len({*words}) == 1 else "Depends", " ".join(map(_sentences, compared))


def _times_of_arms(compared: Sequence[_Compared]) -> str:
    """The time of a study's arms over that of its baseline, the fastest first."""
    first = compared[0]
    beside = [one for one in compared if one.baseline == first.baseline]
    times = []
    for one in sorted(beside, key=lambda one: min(map(_estimate, one.ratios))):
        ends = dict.fromkeys(formatting.ratio_estimate(ratio) for ratio in _median_and_extremes(one)[1:])
        times.append(f"{' to '.join(ends)} ({one.candidate})")
    over = f", smallest to largest of {len(first.rows)} cases" * (len(first.rows) > 1)
    return (
        f"On {device_label(first.rows)}, the {first.suite.short} takes {formatting.listed(times)} the time of the arm "
        f"{first.baseline}{over}."
    )


def _sentences(one: _Compared) -> str:
    first, *rest = one.counts.phrases()
    verdict, _, cases = first.partition(" in ")
    if verdict.startswith("no "):
        said = f"no difference between {one.candidate} and {one.baseline} is shown in {cases}"
    else:
        said = f"{_EXPLAINED.get(one.candidate, one.candidate)} is {verdict} than {one.baseline} in {cases}"
    if len(one.rows) == 1:
        times = f"{formatting.ratio(one.ratios[0])} the time of {one.baseline}"
    else:
        median, low, high = map(formatting.ratio_estimate, _median_and_extremes(one))
        times = f"{median} the time of {one.baseline} in the median case, {low} to {high} over all cases"
    sentences = [f"On {device_label(one.rows)}, {', '.join([said, *rest])}.", f"It takes {times}."]
    return " ".join([*sentences, *_exceptions(one)])


def _exceptions(one: _Compared) -> list[str]:
    """Where the side that is less often faster is faster: the settings under which all cases are so, and the others.

    Empty if such cases have no settings in common.
    """
    fewer, columns = one.counts.fewer, varying(one.rows, one.columns)
    chosen = pd.Series([formatting.ratio_verdict(ratio) == fewer for ratio in one.ratios], index=one.rows.index)
    settings = explaining_settings(one.rows, chosen, columns)
    explained = having(one.rows, settings) & bool(settings)
    others = one.rows[chosen & ~explained]
    shared = common_settings_of(others, one.rows, columns) if len(others) else {}
    parts = [f"in all {explained.sum()} cases with {_listed(settings)}"] if settings else []
    if shared or (settings and len(others)):
        count = (
            f"{len(others)} {'other' if len(others) == 1 else 'others'}"
            if settings
            else f"{len(others)}{', all' * (len(others) > 1)}"
        )
        parts.append(f"in {count}{f' with {_listed(shared)}' if shared else ''}")
    faster = one.candidate if fewer == "faster" else one.baseline
    return [f"{faster} is faster {', and '.join(parts)}."] if parts else []


def _listed(settings: Mapping[str, Any]) -> str:
    return formatting.listed([PHRASES[column](settings[column]) for column in PHRASES if column in settings])


def _ratios(headlines: list[_Compared], smoke: bool) -> Table:
    return Table(
        title="Ratios of times",
        note="The candidate's time over the baseline's in the same round, with the 95% interval; below 1 the candidate "
        f"is faster.{f' {YES_OR_NO}' if headlines[0].suite.yes else ''}",
        header=["compared", "verdict", "median case", "smallest ratio", "largest ratio"],
        rows=[
            [one.label(), "-" if smoke else one.counts.phrases()[0],
             *map(formatting.ratio, _median_and_extremes(one))]
            for one in headlines
        ],
        source="throughput.csv",
    )  # fmt: skip


def _median_and_extremes(one: _Compared) -> tuple[Interval, Interval, Interval]:
    return _median(one), min(one.ratios, key=_estimate), max(one.ratios, key=_estimate)


def _median(one: _Compared) -> Interval:
    return ratio_interval(median_row(one.rows))


def _basis(compared: Sequence[_Compared], parts: Sequence[Mapping[str, Any]]) -> str:
    """The machine, the files of own pairs, what the cases of the first comparison differ in, and all rounds."""
    sentences = [measured_on(parts)]
    if files := [name for part in parts for name in file_names(part["settings"])]:
        sentences.append(f"The lengths and the vocabulary are those of {formatting.listed(files)}.")
    if compared:
        first = compared[0]
        columns = [column for column in varying(first.rows, first.columns) if column != "baseline"]
        settings = formatting.listed([column.replace("_", " ") for column in columns])
        several = len(columns) > 1 or columns == ["levels"]
        case = f"A case is one {'combination of ' if several else ''}{settings}," if settings else "A case is"
        rounds = formatting.counted([number for one in compared for number in one.rows["rounds"]], "round")
        sentences.append(f"{case} timed in {rounds}; a round runs a candidate and its baseline, one after the other.")
    return " ".join(sentences)


def _extremes(one: _Compared) -> list[str]:
    columns = varying(one.rows, one.columns)
    cases = [
        (ratio, ", ".join(phrases(row, columns))) for ratio, row in zip(one.ratios, records(one.rows), strict=True)
    ]
    ends = (min(cases, key=lambda case: case[0].estimate), max(cases, key=lambda case: case[0].estimate))
    return [", ".join(filter(None, [formatting.ratio(ratio), at])) for ratio, at in ends]


def _estimate(ratio: Interval) -> float:
    return ratio.estimate


def _controls(throughput: pd.DataFrame) -> Interval:
    """The fraction of the A/A controls, a baseline timed against itself, whose interval excludes 1."""
    itself = throughput[(throughput["candidate"] == throughput["baseline"]) & throughput["ratio_low"].notna()]
    return proportion(sum(ratio_interval(row).excludes(1.0) for row in records(itself)), len(itself))


def _control_sentence(misses: Interval) -> str:
    if not misses.n:
        return "A/A control: no baseline was timed against itself in enough rounds."
    return (
        f"A/A control: the baseline was timed against itself in {formatting.plural(misses.n, 'case')}; the 95% "
        f"interval of the ratio misses 1 in {formatting.count_of(misses)}; claimed: at most {ALPHA:.0%}."
    )


def _rounds(throughput: pd.DataFrame) -> str:
    wide = int((throughput["stopped"] == "limit").sum())
    return (
        f"Rounds: {formatting.span(throughput['rounds'].tolist())} a row. Of "
        f"{formatting.plural(len(throughput), 'row')}, {len(throughput) - wide:,} have an interval as narrow as the "
        f"profile asks; {wide:,} {'has' if wide == 1 else 'have'} a wider "
        "one: the limit of time or rounds was reached, or the noise was underestimated."
    )
