"""The answer and the section on other libraries: each work timed side by side, and the aims."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.peers import AIM_VERDICTS, WORKS, aim_verdict, speedup
from results.page.elements import Answer, Section, Table
from results.tables.study_schema import records

QUESTION = "How fast is the same work here and in other libraries, and are the aims reached?"


def peers_answer(peers: pd.DataFrame) -> Answer:
    """How many aims are reached, not shown and missed: in total, and for each work."""
    aims = peers[peers["at_least"].notna()]
    return Answer(
        question=QUESTION,
        word="",
        text=f"Of {formatting.plural(len(aims), 'aim')} beside other libraries: {_counts(aims)}." if len(aims) else "",
        table=_aims(aims) if len(aims) else None,
        points=[f"{WORKS[str(work)]}: {_counts(rows)}." for work, rows in aims.groupby("work", sort=False)],
    )


def peers_section(peers: pd.DataFrame) -> Section:
    return Section(
        title="Beside other libraries",
        paragraphs=[
            "Both sides do the same work in one process, in interleaved rounds: the same cell, sizes, batch, "
            "optimizer, clipping and initial weights. The column times gives how many times as long the other side "
            "takes, or in rows of memory how many times as many bytes its tensors hold at most, with the 95% "
            "interval. An aim is reached if the interval is above it, and missed if the interval is below it. "
            "The fraction of peak is the time that the machine needs for our side's work at its peak rate, over the "
            "time taken.",
        ],
        tables=[
            Table(
                title=WORKS[str(work)],
                note=f"{formatting.counted(rows['rounds'].tolist(), 'round')} each; on cpu, batch {_batches(rows)}.",
                header=["what", "ours", "against", "threads", "H", "batch", "length", "ours (ms)", "theirs (ms)",
                        "measure", "times", "aim", "verdict", "fraction of peak", "compilation (s)"],
                rows=[_line(row) for row in records(rows)],
                source="peers.csv",
            )
            for work, rows in peers.groupby("work", sort=False)
        ],
    )  # fmt: skip


def _counts(aims: pd.DataFrame) -> str:
    """`23 reached, 5 not shown and 14 missed`."""
    verdicts = [aim_verdict(row) for row in records(aims)]
    return formatting.listed(
        [f"{verdicts.count(verdict)} {verdict}" for verdict in AIM_VERDICTS if verdict in verdicts]
    )


def _aims(aims: pd.DataFrame) -> Table:
    """A row for each aim, a column for each number of threads."""
    threads = sorted(aims["threads"].unique())
    lines = []
    for _, rows in aims.groupby(["work", "case", "hidden_size", "batch", "measure"], sort=False):
        by_threads = {row.threads: _cell(row) for row in records(rows)}
        first = records(rows)[0]
        what = f"{WORKS[first.work]}: {first.case}{', memory' * (first.measure == 'memory')}"
        cells = [by_threads.get(number, "-") for number in threads]
        lines.append([what, first.peer, str(first.hidden_size), f"{first.at_least:g}", *cells])
    return Table(
        title="The aims",
        note="How many times faster ours is, or smaller in rows of memory; in parentheses ours' fraction of the "
        f"machine's peak rate. On cpu, batch {_batches(aims)}.",
        header=["work", "against", "H", "at least", *(formatting.plural(int(number), "thread") for number in threads)],
        rows=lines,
        source="peers.csv",
    )


def _cell(row: Any) -> str:
    of_peak = formatting.fraction_of_peak(row)
    return f"{formatting.ratio(speedup(row))}, {aim_verdict(row)}" + (
        f" ({of_peak})" if of_peak != "-" and row.measure == "time" else ""
    )


def _batches(rows: pd.DataFrame) -> str:
    return formatting.listed([str(batch) for batch in rows["batch"].unique()])


def _line(row: Any) -> list[str]:
    return [
        row.case, row.ours, row.peer, str(row.threads), str(row.hidden_size), str(row.batch), str(row.source_length),
        *(formatting.rounded(seconds * 1e3) for seconds in (row.our_median_seconds, row.peer_median_seconds)),
        row.measure, formatting.ratio(speedup(row)), f"{row.at_least:g}" if pd.notna(row.at_least) else "-",
        aim_verdict(row) or "-", formatting.fraction_of_peak(row),
        f"{row.compile_seconds:.1f}" if pd.notna(row.compile_seconds) else "-",
    ]  # fmt: skip
