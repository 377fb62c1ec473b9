"""What a report says of the benchmarks: the answer, its tables, its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from results import figures, wording
from results.figures.speed import DIRECTIONS
from results.page import Answer, Picture, Section, Table
from results.statistics import Interval

QUESTION = (
    "How fast are packed and padded encoders, the attention scores, and a training step with and without attention?"
)
SETTING = ["device", "threads", "batch", "hidden_size"]
"""What a table and a figure hold fixed; rows that differ in it are shown apart."""
HEADLINES: dict[str, tuple[str, ...]] = {
    "encoder": ("padded_exact",),
    "score": ("additive",),
    "training": ("general", "additive", "additive_previous"),
}
"""The candidates that the answer names; all others are in the tables."""
TITLES = {
    "encoder": "Encoders, forward and backward",
    "score": "Scores, forward and backward",
    "training": "A training step of the whole model",
}
DRAW: dict[str, tuple[str, Callable[[pd.DataFrame], Figure], str]] = {
    "encoder": (
        "encoder_times",
        figures.encoder_times,
        "Time over the baseline's by source length, both axes logarithmic; below 1 is faster. Bars are 95% intervals. "
        "The baseline is timed against itself too. padded reads the padding as if it were text: another function.",
    ),
    "score": (
        "score_times",
        figures.score_times,
        "Median time by source length, both axes logarithmic: for one target position, and at once for a whole target "
        "as long as the source.",
    ),
    "training": (
        "training_times",
        figures.training_times,
        "Median time of forward, loss, backward, clipping and update; beside each bar the ratio to the baseline with "
        "its 95% interval. Bars were timed at different moments, ratios side by side. The panels' scales differ.",
    ),
}


def speed_answer(throughput: pd.DataFrame) -> Answer:
    """For each suite and setting, the named candidates against their baseline at the longest sources."""
    verdicts = []
    for suite, where, rows in _groups(throughput):
        longest = rows["source_length"].max()
        at_longest = rows[rows["source_length"] == longest]
        compared = [_compare(at_longest, name) for name in HEADLINES[suite] if name in set(at_longest["candidate"])]
        if compared:
            verdicts.append(f"{TITLES[suite]}, sources of {longest}: {'; '.join(compared)} ({where}).")
    return Answer(question=QUESTION, verdicts=verdicts, points=[_control(throughput)])


def speed_section(throughput: pd.DataFrame) -> Section:
    groups = list(_groups(throughput))
    pictures, count = [], dict.fromkeys(DRAW, 0)
    for suite, where, rows in groups:
        name, draw, caption = DRAW[suite]
        count[suite] += 1
        pictures.append(
            Picture(
                name=name if count[suite] == 1 else f"{name}_{count[suite]}",
                title=TITLES[suite],
                caption=f"{caption} On {where}.",
                alt=f"Chart of times by source length for {wording.listed(list(rows['candidate'].unique()))}.",
                source="throughput.csv",
                figure=draw(rows),
            )
        )
    return Section(
        title="Speed",
        paragraphs=[
            "A time is believed only beside another: in every round the candidate and its baseline run one after the "
            "other, in random order, in one process. The ratio is candidate over baseline, the median over rounds.",
        ],
        tables=[
            _training_table(w, rows) if suite == "training" else _ratios(suite, w, rows) for suite, w, rows in groups
        ],
        pictures=pictures,
    )


def _groups(throughput: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each suite and setting with what it holds fixed, in words, and its rows."""
    for suite in TITLES:
        of_suite = throughput[throughput["suite"] == suite]
        for _, rows in of_suite.groupby(SETTING, sort=False):
            first = _rows(rows)[0]
            words = [first.device, wording.plural(first.threads, "thread"), f"batch {first.batch}"]
            words.append(f"hidden size {first.hidden_size}")
            padding = rows["padding_ratio"].dropna().tolist()
            if padding:
                words.append(f"padding ratio {wording.span(padding, places=2)}")
            yield suite, ", ".join(words), rows


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples(index=False))


def _interval(row: Any) -> Interval:
    return Interval(row.ratio, row.ratio_low, row.ratio_high, row.rounds)


def _compare(rows: pd.DataFrame, name: str) -> str:
    """Each case, if there are few; else how many went which way, and the two ends."""
    rows = rows[rows["candidate"] == name]
    cases = sorted(((_interval(row), _case(row)) for row in _rows(rows)), key=lambda case: case[0].estimate)
    opening = f"{name} against {rows['baseline'].iloc[0]}"
    if len(cases) <= 2:
        each = [f"{case}{wording.speed_verdict(i)}, ratio {wording.ratio(i)}" for i, case in cases]
        return f"{opening}: {', '.join(each)}"
    verdicts = [wording.speed_verdict(interval) for interval, _ in cases]
    counted = [f"{word} in {verdicts.count(word)} of {len(cases)} cases" for word in dict.fromkeys(verdicts)]
    ends = [f"{wording.ratio(interval)} ({case.strip()})" for interval, case in (cases[0], cases[-1])]
    return f"{opening}: {wording.listed(counted)}, ratio from {' to '.join(ends)}"


def _case(row: Any) -> str:
    """`gru, two directions `; `for one step `; nothing for a suite whose cases differ in length alone."""
    if row.suite == "encoder":
        return f"{row.cell}, {DIRECTIONS[row.directions]} "
    if row.suite == "score":
        return "for one step " if row.target_length == 1 else "for a whole target "
    return ""


def _control(throughput: pd.DataFrame) -> str:
    """How often the baseline, timed against itself, was found different: it should be about one time in twenty."""
    itself = throughput[throughput["candidate"] == throughput["baseline"]]
    hold = sum(not _interval(row).excludes(1.0) for row in _rows(itself))
    return (
        f"Control: the baseline was timed against itself in {wording.plural(len(itself), 'case')}; the 95% interval of "
        f"the ratio holds 1 in {hold} of them (95% should)."
    )


def _ratios(suite: str, where: str, rows: pd.DataFrame) -> Table:
    """A row a case: the baseline's median time, and each candidate's ratio to it."""
    rows = rows.assign(whole=(rows["target_length"] > 1).fillna(False))
    rows = rows.sort_values(["cell", "directions", "whole", "source_length"], kind="stable")
    keys = [key for key in ("cell", "directions", "target_length") if rows[key].nunique() > 1] + ["source_length"]
    names = [str(name) for name in rows["candidate"].unique()]
    baseline = str(rows["baseline"].iloc[0])
    lines = []
    for values, case in rows.groupby(keys, sort=False):
        found = {row.candidate: row for row in _rows(case)}
        time = wording.rounded(found[baseline].median_seconds * 1e3) if baseline in found else "-"
        ratios = [wording.ratio(_interval(found[name])) if name in found else "-" for name in names]
        lines.append([*map(str, values), time, *ratios])
    return Table(
        title=f"{TITLES[suite]}: ratios to {baseline}",
        note=f"Ratio of times with its 95% interval, below 1 is faster; {wording.plural(len(lines), 'case')}, "
        f"{wording.span(rows['rounds'].tolist())} rounds each. On {where}.",
        header=[*(key.replace("_", " ") for key in keys), f"{baseline} (ms)",
                *(f"{name} (itself)" if name == baseline else name for name in names)],
        rows=lines,
        source="throughput.csv",
    )  # fmt: skip


def _training_table(where: str, rows: pd.DataFrame) -> Table:
    return Table(
        title=TITLES["training"],
        note="Tokens are those of the target, without padding; "
        f"{wording.span(rows['rounds'].tolist())} rounds each. On {where}.",
        header=["sources up to", "model", "median (ms)", "tokens/s", f"ratio to {rows['baseline'].iloc[0]}", "verdict"],
        rows=[
            [str(row.source_length), row.candidate, wording.rounded(row.median_seconds * 1e3),
             f"{row.tokens_per_second:,.0f}", wording.ratio(_interval(row)), wording.speed_verdict(_interval(row))]
            for row in _rows(rows)
        ],
        source="throughput.csv",
    )  # fmt: skip
