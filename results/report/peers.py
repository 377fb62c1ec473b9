"""The answer and the section on other libraries: each work timed side by side, and the aims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.peers import AIM_VERDICTS, LIBRARIES, WORKS, aim_verdict, speedup
from results.analysis.timing.ratio_counts import MAJORITY, RatioCounts, median_row
from results.analysis.timing.self_check import cautions, is_smoke
from results.analysis.timing.suites import ratio_interval
from results.page.elements import Answer, Section, Table
from results.page.provenance import measured_on
from results.tables.study_schema import records

QUESTION = "Is this package faster than other libraries at the same work?"
MOST_NAMED = 3
"""Up to so many slower cases are named."""


def peers_answer(peers: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """In how many cases this package is faster than a library, and how many aims are reached.

    `parts` are the provenance of the measurement.
    """
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


def peers_section(peers: pd.DataFrame) -> Section:
    aims = peers[peers["at_least"].notna()]
    return Section(
        title="Beside other libraries",
        paragraphs=[
            "Both sides do the same work in one process, in interleaved rounds: the same cell, sizes, batch, "
            "optimizer, clipping and initial weights. The column times gives how many times as long the other side "
            "takes, or in rows of memory how many times as many bytes its tensors hold at most, with the 95% "
            "interval. An aim is reached if the interval is above it, and missed if the interval is below it. "
            "The fraction of peak is the time that the machine needs for the work at its peak rate, over the time that "
            "this package takes.",
        ],
        tables=[
            *([_aims(aims)] if len(aims) else []),
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
            formatting.ratio_estimate(speedup(row)) for row in (median_row(rows), *_slowest_and_fastest(rows))
        )
        ranges.append(f"{library} takes {median} the time in the median case, {low} to {high} over all of them")
    first, *rest = _counts(times).phrases()
    slower = [
        f"{row.case}, on {formatting.plural(row.threads, 'thread')}, against {row.peer}"
        for row in records(times[times["ratio_low"] > 1])
    ]
    return [
        f"It is {', '.join([first, *rest])}.",
        f"{'; '.join(ranges)}.",
        *([f"It is slower in: {'; '.join(slower)}."] if 0 < len(slower) <= MOST_NAMED else []),
    ]


def _aims_sentence(peers: pd.DataFrame) -> list[str]:
    aims = peers[peers["at_least"].notna()]
    return [f"Of {formatting.plural(len(aims), 'aim')}, {_aim_counts(aims)}."] if len(aims) else []


def _by_peer(peers: pd.DataFrame, smoke: bool) -> Table:
    """A row for each work and peer: the ratios of times, and how many aims are reached, memory included."""
    lines = []
    for (work, peer), rows in peers.groupby(["work", "peer"], sort=False):
        times = rows[rows["measure"] == "time"]
        lines.append(
            [f"{WORKS[str(work)]}: {peer}", formatting.ratio(speedup(median_row(times))),
             "-" if smoke else _counts(times).phrases()[0],
             "-" if smoke else _aim_counts(rows[rows["at_least"].notna()]) or "-",
             *(formatting.ratio(speedup(row)) for row in _slowest_and_fastest(times))]
        )  # fmt: skip
    return Table(
        title="Ratios of times",
        note="The other side's time over this package's in the same round, with the 95% interval; above 1 this package "
        "is faster. The "
        f"answer counts {formatting.listed(LIBRARIES)} alone. packed is torch's own packed encoder; (B,T,S,K) is plain "
        "torch with a tensor of that shape; evaluation is the evaluation that the accuracies are part of. Yes or "
        f"no: at least {MAJORITY:.0%} of the cases with a difference shown, "
        "and half of all cases, go one way. Aims include those of memory.",
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


def _aims(aims: pd.DataFrame) -> Table:
    """A row for each aim, a column for each number of threads."""
    threads = sorted(aims["threads"].unique())
    lines = []
    for _, rows in aims.groupby(["work", "case", "hidden_size", "batch", "measure"], sort=False):
        by_threads = {row.threads: f"{formatting.ratio(speedup(row))}, {aim_verdict(row)}" for row in records(rows)}
        first = records(rows)[0]
        what = f"{WORKS[first.work]}: {first.case}{', memory' * (first.measure == 'memory')}"
        cells = [by_threads.get(number, "-") for number in threads]
        sizes = [str(first.hidden_size), f"{first.batch:,}"]
        lines.append([what, first.peer, *sizes, f"×{first.at_least:g}", *cells])
    return Table(
        title="The aims",
        note="How many times as long the other side takes, or in rows of memory how many times as many bytes its "
        "tensors hold. H is the hidden size. On cpu.",
        header=[
            "work",
            "against",
            "H",
            "batch",
            "at least",
            *(formatting.plural(int(number), "thread") for number in threads),
        ],
        rows=lines,
        source="peers.csv",
        folded=True,
    )


def _cases(work: str, rows: pd.DataFrame) -> Table:
    """A row for each case; settings that all rows share are in the note."""
    settings = {"model": "ours", "against": "peer", "threads": "threads", "H": "hidden_size", "batch": "batch"}
    varying = {name: column for name, column in settings.items() if rows[column].nunique() > 1}
    same = [f"{name} {rows[column].iloc[0]}" for name, column in settings.items() if name not in varying]
    compiled = rows["compile_seconds"].notna().any()
    return Table(
        title=f"{WORKS[work][0].upper()}{WORKS[work][1:]}",
        note=f"{formatting.counted(rows['rounds'].tolist(), 'round')} each. All: cpu, {', '.join(same)}.",
        header=["what", *varying, "this package (ms)", "other side (ms)", "times", "aim", "fraction of peak",
                *(["compilation (s)"] if compiled else [])],
        rows=[
            [f"{row.case}{', memory' * (row.measure == 'memory')}",
             *(str(getattr(row, column)) for column in varying.values()),
             *(formatting.rounded(seconds * 1e3) for seconds in (row.our_median_seconds, row.peer_median_seconds)),
             formatting.ratio(speedup(row)), _aim(row), formatting.fraction_of_peak(row),
             *([formatting.rounded(row.compile_seconds)] if compiled else [])]
            for row in records(rows)
        ],
        source="peers.csv",
        folded=True,
    )  # fmt: skip


def _aim(row: Any) -> str:
    """`×2.5, reached`; `-` without an aim."""
    verdict = aim_verdict(row)
    return f"×{row.at_least:g}, {verdict}" if verdict else "-"
