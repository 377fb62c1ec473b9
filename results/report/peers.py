"""The answer and the section on other libraries: each work timed side by side, and the aims."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.peers import (
    AIM_VERDICTS,
    LIBRARIES,
    NAMED_BY_CASE,
    SETTINGS,
    WHOLE,
    WORKS,
    aim_verdict,
    libraries_first,
    settings_of,
    speedup,
)
from results.analysis.timing.ratio_counts import YES_OR_NO, RatioCounts, explaining_settings, having, median_row
from results.analysis.timing.self_check import cautions, is_smoke
from results.analysis.timing.suites import ratio_interval, varying
from results.page.elements import Answer, Section, Table
from results.page.provenance import measured_on
from results.tables.study_schema import records

QUESTION = "Is this package faster than other libraries at the same work?"
MOST_NAMED = 3
"""Up to so many slower cases are named."""
_SHARED: dict[str, Callable[[Any], str]] = {
    "work": lambda work: f"a {WORKS[work]}",
    "cell": str,
    "peer": lambda peer: f"against {peer}",
}
"""What many slower cases may have in common -> its words."""


def peers_answer(peers: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """In how many cases this package is faster than a library, and how many aims are reached.

    `parts` are the provenance of the measurement.
    """
    peers = libraries_first(peers)
    libraries = peers[peers["peer"].isin(LIBRARIES) & (peers["measure"] == "time")]
    smoke = is_smoke(parts)
    text = " ".join([*_libraries(libraries), *_aims_sentence(peers)])
    return Answer(
        question=QUESTION,
        word="No verdict" if smoke else _counts(libraries).word("faster"),
        text="" if smoke else text,
        basis=f"{measured_on(parts)} A case is one work with its sizes and number of threads, timed in "
        f"{formatting.counted(peers['rounds'].tolist(), 'round')}; a round runs both sides one after the other. "
        "An aim is a ratio that this package should reach at least.",
        cautions=cautions(parts),
        table=_by_peer(peers, smoke),
        points=[],
    )


def peers_section(peers: pd.DataFrame, *, verdicts: bool) -> Section:
    """The aims that are missed, and a folded table for each work. Without `verdicts`, no case has an aim."""
    peers = libraries_first(peers if verdicts else peers.assign(at_least=math.nan))
    missed = [row for row in records(peers) if aim_verdict(row) == "missed"]
    return Section(
        title="Comparison with other libraries",
        paragraphs=[
            "Both sides do the same work in one process, in interleaved rounds: the same cell, sizes, batch, "
            "optimizer, clipping and initial weights. A number after × says how many times as long the other side "
            "takes, or in rows of memory how many times as many bytes its tensors hold at most, with the 95% "
            "interval. An aim is reached if the interval is above it, and missed if the interval is below it. "
            "The order is that of this package: joeynmt's decoder runs the cell first and feeds it no context, so "
            "with the attention first this package does more. Encoders read in two directions; beside eole, in one. "
            "Letters are those of the shortest and the longest source of the batch. "
            "The fraction of peak is the time that the machine needs for the work at its peak rate, over the time that "
            "this package takes.",
        ],
        tables=[
            *([_missed(missed)] if missed else []),
            *(_cases(str(work), rows) for work, rows in peers.groupby("work", sort=False)),
        ],
    )


def _counts(times: pd.DataFrame) -> RatioCounts:
    return RatioCounts.of([ratio_interval(row) for row in records(times)])


def _libraries(times: pd.DataFrame) -> list[str]:
    """The cases that are faster, each library's ratios, and the cases that are slower if they are few."""
    if not len(times):
        return ["No other library was timed."]
    ranges = []
    for library, rows in times.groupby("peer", sort=False):
        median, low, high = (
            formatting.ratio_estimate(speedup(row))
            for row in (median_row(rows, inverse=True), *_slowest_and_fastest(rows))
        )
        ranges.append(
            f"{library} takes {median} the time of this package in the median case, {low} to {high} over all cases"
        )
    first, *rest = _counts(times).phrases()
    verdict, _, cases = first.partition(" in ")
    said = f"No difference is shown in {cases}" if verdict.startswith("no ") else f"This package is {first}"
    slower = _slower(times)
    return [
        f"{', '.join([said, *rest])}.",
        f"{'; '.join(ranges)}.",
        *([f"This package is slower in {'; and in '.join(slower)}."] if slower else []),
    ]


def _slower(times: pd.DataFrame) -> list[str]:
    """Where this package is slower: what more than `MOST_NAMED` cases have in common, and the other cases if they are
    at most so many."""
    slower = times["ratio_low"] > 1
    columns = varying(times, [*_SHARED]) if slower.sum() > MOST_NAMED else []
    shared = explaining_settings(times, slower, columns)
    explained = having(times, shared) & bool(shared)
    of_all = ", ".join(_SHARED[name](value) for name, value in shared.items())
    others = records(times[slower & ~explained])
    named = [f"{row.case}, on {formatting.plural(row.threads, 'thread')}, against {row.peer}" for row in others]
    if len(named) > MOST_NAMED:
        named = [f"{len(named)} other cases"] if shared else []
    return [*([f"all {explained.sum()} cases of {of_all}"] if shared else []), *named]


def _aims_sentence(peers: pd.DataFrame) -> list[str]:
    aims = peers[peers["at_least"].notna()]
    return [f"Aims: {_aim_counts(aims)}, of {len(aims)}."] if len(aims) else []


def _by_peer(peers: pd.DataFrame, smoke: bool) -> Table:
    """A row for each work, peer and cell: the ratios of times, and how many aims are reached, memory included."""
    lines = []
    for (work, peer, cell), rows in peers.groupby(["work", "peer", "cell"], sort=False, dropna=False):
        several = peers[(peers["work"] == work) & (peers["peer"] == peer)]["cell"].nunique() > 1
        times = rows[rows["measure"] == "time"]
        median = formatting.ratio(speedup(median_row(times, inverse=True)))
        lines.append(
            [f"{WORKS[str(work)]}{f', {cell}' * several}: {peer}", median,
             "-" if smoke or peer == WHOLE else _counts(times).phrases()[0],
             "-" if smoke else _aim_counts(rows[rows["at_least"].notna()]) or "-",
             *(formatting.ratio(speedup(row)) for row in _slowest_and_fastest(times))]
        )  # fmt: skip
    return Table(
        title="Ratios of times",
        note="The other side's time over this package's in the same round, with the 95% interval; above 1 this package "
        "is faster. The "
        f"answer counts {formatting.listed(LIBRARIES)} alone. packed is torch's own packed encoder; (B,T,S,K) is plain "
        f"torch with a tensor of that shape; {WHOLE} is the evaluation that the accuracies are a part of, so its "
        "ratio is no comparison; step by step "
        f"is this package without kernels for scores that use the previous alignment. {YES_OR_NO} Aims include "
        "those of memory.",
        header=["work: other side", "median case", "this package is", "aims", "smallest ratio", "largest ratio"],
        rows=lines,
        source="peers.csv",
    )


def _slowest_and_fastest(times: pd.DataFrame) -> tuple[Any, Any]:
    """The rows with the least and the greatest speedup."""
    ends = records(times.sort_values("ratio", kind="stable"))
    return ends[-1], ends[0]


def _aim_counts(aims: pd.DataFrame) -> str:
    """`23 reached, 5 not shown and 14 missed`; empty without aims."""
    verdicts = [aim_verdict(row) for row in records(aims)]
    return formatting.listed(
        [f"{verdicts.count(verdict)} {verdict}" for verdict in AIM_VERDICTS if verdict in verdicts]
    )


def _missed(rows: Sequence[Any]) -> Table:
    return Table(
        title="Aims that are missed",
        note="H is the hidden size. On cpu.",
        header=["work", "against", "H", "threads", "ratio", "aim"],
        rows=[
            [f"{WORKS[row.work]}: {_case(row)}", row.peer, str(row.hidden_size), str(row.threads),
             formatting.ratio(speedup(row)), f"×{row.at_least:g}"]
            for row in rows
        ],
        source="peers.csv",
    )  # fmt: skip


def _cases(work: str, rows: pd.DataFrame) -> Table:
    """A row for each case with two columns for each number of threads; settings that all rows share are in the note."""
    values = {name: [str(SETTINGS[name](row)) for row in records(rows)] for name in settings_of(work)}
    varying = [name for name in values if len({*values[name]}) > 1]
    same = [f"{name} {one}" for name, (one, *_) in values.items() if name not in varying and one not in ("no", "-")]
    lines: dict[tuple[str, ...], dict[int, Any]] = {}
    for row, *settings in zip(records(rows), *(values[name] for name in varying), strict=True):
        what = [_case(row)] if work in NAMED_BY_CASE else []
        aim = "-" if pd.isna(row.at_least) else f"×{row.at_least:g}"
        lines.setdefault((*what, *settings, aim, _case(row)), {})[row.threads] = row
    threads = sorted({int(number) for number in rows["threads"]})
    return Table(
        title=formatting.capital(WORKS[work]),
        note=f"{formatting.counted(rows['rounds'].tolist(), 'round')} each. All: {', '.join(['cpu', *same])}.",
        header=[*(["what"] if work in NAMED_BY_CASE else []), *varying, "aim",
                *(words for number in threads for words in (f"ratio, {formatting.plural(number, 'thread')}",
                                                            f"this package, {formatting.plural(number, 'thread')}"))],
        rows=[
            [*cells, *(cell for number in threads for cell in _timed(by_threads.get(number)))]
            for (*cells, _), by_threads in sorted(lines.items(), key=lambda line: _place(line[0], lines))
        ],
        source="peers.csv",
        folded=True,
    )  # fmt: skip


def _place(settings: tuple[str, ...], lines: Mapping[tuple[str, ...], Any]) -> list[int]:
    """Where a line stands: by its first setting, then by the second, and so on, each in the order of the rows."""
    return [[*dict.fromkeys(each)].index(one) for one, each in zip(settings, zip(*lines, strict=True), strict=True)]


def _timed(row: Any) -> tuple[str, str]:
    """`×2.29 (2.28 to 2.34), missed` and `13.9 ms, 10% of matmul`; dashes if the case was not timed."""
    if row is None:
        return "-", "-"
    ours = [f"{formatting.rounded(row.our_median_seconds * 1e3)} ms"]
    if pd.notna(row.share):
        ours.append(formatting.fraction_of_peak(row))
    if pd.notna(row.compile_seconds):
        ours.append(f"compiled in {formatting.rounded(row.compile_seconds)} s")
    return ", ".join(filter(None, [formatting.ratio(speedup(row)), aim_verdict(row)])), ", ".join(ours)


def _case(row: Any) -> str:
    return f"{row.case}{', memory' * (row.measure == 'memory')}"
