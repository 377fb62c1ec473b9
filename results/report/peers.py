"""What a report says of the peers: each work beside theirs, how many times faster ours is, and what was aimed at."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.analysis import formatting
from results.page.elements import Answer, Section, Table
from results.statistics import Interval

QUESTION = "How fast is the same work here and in other libraries, and are the aims reached?"
WORKS = {
    "training": "training step",
    "encoder": "encoder, forward and backward",
    "scoring": "additive energies, forward and backward",
    "greedy": "greedy decoding",
    "metric": "Levenshtein accuracies of an evaluation",
}
VERDICTS = ("reached", "not shown", "missed")


def peers_answer(peers: pd.DataFrame) -> Answer:
    """How many aims are reached, shown missed, or neither; altogether, and of each work."""
    asked = peers[peers["at_least"].notna()]
    return Answer(
        question=QUESTION,
        verdict=f"Of {formatting.plural(len(asked), 'aim')} beside other libraries: {_counted(asked)}."
        if len(asked)
        else "",
        table=_aims(asked) if len(asked) else None,
        points=[f"{WORKS[str(work)]}: {_counted(rows)}." for work, rows in asked.groupby("work", sort=False)],
    )


def peers_section(peers: pd.DataFrame) -> Section:
    return Section(
        title="Beside other libraries",
        paragraphs=[
            "Both sides do the same work in one process, in interleaved rounds: the same cell, sizes, batch, "
            "optimizer, clipping and initial weights. A number says how many times as long the other side takes, or in "
            "rows of memory, how many times as much its tensors hold at most; brackets hold its 95% interval. An "
            "aim is reached where the whole interval is above it, and missed where the whole interval is below. The "
            "share is that of the machine's own limit which ours reaches, were all it needs done at that limit.",
        ],
        tables=[
            Table(
                title=WORKS[str(work)],
                note=f"{formatting.counted(rows['rounds'].tolist(), 'round')} each; on cpu, batch "
                f"{formatting.listed([str(batch) for batch in rows['batch'].unique()])}.",
                header=["what", "ours", "against", "threads", "H", "batch", "length", "ours (ms)", "theirs (ms)",
                        "measure", "times", "aim", "verdict", "share of limit", "compiled in (s)"],
                rows=[_line(row) for row in _rows(rows)],
                source="peers.csv",
            )
            for work, rows in peers.groupby("work", sort=False)
        ],
    )  # fmt: skip


def _counted(asked: pd.DataFrame) -> str:
    """How many of the aims came out in each way: `23 reached, 5 not shown and 14 missed`."""
    verdicts = [aim_verdict(row) for row in _rows(asked)]
    return formatting.listed([f"{verdicts.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in verdicts])


def _aims(asked: pd.DataFrame) -> Table:
    """A line for each aim, with a column for each number of threads."""
    threads = sorted(asked["threads"].unique())
    lines = []
    for _, rows in asked.groupby(["work", "case", "hidden_size", "batch", "measure"], sort=False):
        found = {row.threads: row for row in _rows(rows)}
        first = _rows(rows)[0]
        cells = [
            f"{times(found[number])}, {aim_verdict(found[number])}{_of_limit(found[number])}"
            if number in found
            else "-"
            for number in threads
        ]
        what = f"{WORKS[first.work]}: {first.case}{', memory' * (first.measure == 'memory')}"
        lines.append([what, first.peer, str(first.hidden_size), f"{first.at_least:g}", *cells])
    return Table(
        title="The aims",
        note="How many times faster ours is, or smaller in rows of memory; in parentheses the share of the machine's "
        f"limit that ours reaches. On cpu, batch {formatting.listed([str(batch) for batch in asked['batch'].unique()])}.",
        header=["work", "against", "H", "at least", *(formatting.plural(int(number), "thread") for number in threads)],
        rows=lines,
        source="peers.csv",
    )


def _of_limit(row: Any) -> str:
    return f" ({_share(row)})" if pd.notna(row.share) and row.measure == "time" else ""


def times(row: Any) -> str:
    """How many times faster or smaller ours is, with the interval where there is one."""
    return formatting.ratio(Interval(1 / row.ratio, 1 / row.ratio_high, 1 / row.ratio_low, row.rounds))  # nan stays nan


def _line(row: Any) -> list[str]:
    return [
        row.case, row.ours, row.peer, str(row.threads), str(row.hidden_size), str(row.batch), str(row.source_length),
        formatting.rounded(row.our_median_seconds * 1e3), formatting.rounded(row.peer_median_seconds * 1e3), row.measure,
        times(row), f"{row.at_least:g}" if pd.notna(row.at_least) else "-", aim_verdict(row), _share(row),
        f"{row.compile_seconds:.1f}" if pd.notna(row.compile_seconds) else "-",
    ]  # fmt: skip


def aim_verdict(row: Any) -> str:
    if pd.isna(row.at_least):
        return "-"
    slowest, fastest = (row.ratio, row.ratio) if row.measure == "memory" else (row.ratio_high, row.ratio_low)
    if 1 / slowest >= row.at_least:
        return VERDICTS[0]
    return VERDICTS[2] if 1 / fastest < row.at_least else VERDICTS[1]


def _share(row: Any) -> str:
    return f"{row.share:.0%} of {row.limit}" if pd.notna(row.share) else "-"


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples(index=False))
