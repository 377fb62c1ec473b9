"""The figures of the benchmarks, with their captions and the numbers drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.timing.suites import (
    SUITES,
    common_settings,
    main_plane,
    phrases,
    ratio_interval,
    slope,
    split_suites,
    varying,
    with_quartiles,
)
from results.figures.timing_curves import PanelGrid
from results.page.elements import Figure
from results.statistics import Interval
from results.tables.study_schema import records

if TYPE_CHECKING:
    import matplotlib.figure


Numbers = tuple[list[str], list[list[str]]]
"""A header and its rows: one for each line of a panel, with a column for each length."""


def _plane(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The ratios of a crossover map; its panels differ in the columns `names`."""
    return _by_length(rows, [*names, "padding_ratio"], "ratio at {}", _ratio)


def _ratios(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The ratios of candidates to their baselines."""
    return _by_length(rows, [*names, "candidate"], "ratio at {}", _ratio)


def _times(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The times of candidates with their quartiles, and the slope of each line."""
    keys = [*names, "candidate"]
    column = "ms at {} (quartiles)" if rows["low_seconds"].notna().any() else "ms at {}"
    header, lines = _by_length(rows, keys, column, _milliseconds)
    slopes = map(slope, _lines(rows, keys))
    cells = ["-" if math.isnan(value) else f"{value:.2f}" for value in slopes]
    return [*header, "slope"], [[*line, cell] for line, cell in zip(lines, cells, strict=True)]


def _by_length(rows: pd.DataFrame, keys: Sequence[str], column: str, cell: Callable[[Any], str]) -> Numbers:
    lengths = sorted(rows["source_length"].unique())
    lines = []
    for line in _lines(rows, keys):
        cells = {row.source_length: cell(row) for row in records(line)}
        names = [getattr(records(line)[0], key) for key in keys]
        lines.append(
            [
                *("-" if pd.isna(value) else str(value) for value in names),
                *(cells.get(length, "-") for length in lengths),
            ]
        )
    return [*(key.replace("_", " ") for key in keys), *map(column.format, lengths)], lines


def _lines(rows: pd.DataFrame, keys: Sequence[str]) -> list[pd.DataFrame]:
    return [line for _, line in rows.groupby([*keys], dropna=False, sort=False)]


def _ratio(row: Any) -> str:
    return formatting.ratio(ratio_interval(row))


def _milliseconds(row: Any) -> str:
    """`4.28 (4.10 to 4.50)`: the median and the quartiles; the median alone without rounds."""
    median, low, high = (1e3 * seconds for seconds in (row.median_seconds, row.low_seconds, row.high_seconds))
    return formatting.measured(Interval(median, low, high, row.rounds))


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """A kind of figure of a suite."""

    name: str
    title: str
    """Follows the suite's title."""
    alt: str
    """The first part of the alternative text; the candidates follow."""
    caption: str
    shown: Callable[[pd.DataFrame], pd.DataFrame]
    """Selects the rows to draw."""
    panel_columns: tuple[str, ...]
    """The columns in which panels differ; the last of them that varies runs along the rows of panels."""
    draw: Callable[[PanelGrid], matplotlib.figure.Figure]
    numbers: Callable[[pd.DataFrame, Sequence[str]], Numbers]
    folded: bool = False


def _all_rows(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _exact_in_main_plane(rows: pd.DataFrame) -> pd.DataFrame:
    return main_plane(rows[rows["candidate"] == "padded_exact"])


def _exact_elsewhere(rows: pd.DataFrame) -> pd.DataFrame:
    exact = rows[rows["candidate"] == "padded_exact"]
    return exact.drop(main_plane(exact).index)


def _half_padding(rows: pd.DataFrame) -> pd.DataFrame:
    """The padding ratio of the main plane that is nearest to one half."""
    rows = main_plane(rows)
    distance = (rows["padding_ratio"] - 0.5).abs()
    nearest: pd.DataFrame = rows[distance == distance.min()]
    return nearest


_MAP = (
    "Time of padded_exact over that of packed in the same round, forward and backward, by source length and padding "
    "ratio; the median over rounds. In purple cells padded_exact is faster, in orange cells packed; a step of colour "
    "is a factor of 2. The black line divides cells below 1 from cells above 1. A ring marks a cell with no difference "
    "shown: the 95% interval of its ratio holds 1."
)
_TIMES = (
    "Median time in milliseconds by source length, both axes logarithmic. Bars span the middle half of the rounds in "
    "rounds.csv, from the first to the third quartile; most are shorter than their marker. The slope of each line is "
    "among the numbers below: 1 is linear growth, 2 quadratic, by least squares over the longer half of its lengths."
)
_RATIOS = (
    "Time of a candidate over that of its baseline in the same round, by source length, both axes logarithmic; the "
    "median over rounds. Below 1 the candidate is faster. "
    "Bars are 95% intervals, which may be shorter than their marker. The baseline is timed against itself too."
)
FIGURES: dict[str, tuple[FigureSpec, ...]] = {
    "encoder": (
        FigureSpec(
            name="encoder_map",
            title="time of padded_exact against packed",
            alt="Heat map of ratios of times by source length and padding ratio",
            caption=_MAP,
            shown=_exact_in_main_plane,
            panel_columns=("batch", "hidden_size", "cell", "directions"),
            draw=figures.crossover_map,
            numbers=_plane,
        ),
        FigureSpec(
            name="encoder_map_sizes",
            title="time of padded_exact against packed at other sizes",
            alt="Heat map of ratios of times by source length and padding ratio",
            caption=_MAP,
            shown=_exact_elsewhere,
            panel_columns=("batch", "hidden_size", "cell", "directions"),
            draw=figures.crossover_map,
            numbers=_plane,
            folded=True,
        ),
        FigureSpec(
            name="encoder_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=f"{_TIMES} padded reads the padding as tokens, so it is a different function.",
            shown=_half_padding,
            panel_columns=("cell", "directions"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "score": (
        FigureSpec(
            name="score_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=_TIMES,
            shown=_all_rows,
            panel_columns=("target_length", "hidden_size"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "decoder": (
        FigureSpec(
            name="decoder_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=_TIMES,
            shown=_all_rows,
            panel_columns=("hidden_size",),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "greedy": (
        FigureSpec(
            name="greedy_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=f"{_TIMES} Decoding takes as many steps as the longest source has tokens.",
            shown=_all_rows,
            panel_columns=("hidden_size", "batch"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "training": (
        FigureSpec(
            name="training_ratios",
            title="ratio to the baseline",
            alt="Line chart of ratios of times by source length",
            caption=_RATIOS,
            shown=_all_rows,
            panel_columns=("hidden_size", "baseline"),
            draw=figures.ratio_intervals,
            numbers=_ratios,
        ),
    ),
}


def timing_figures(throughput: pd.DataFrame, rounds: pd.DataFrame | None) -> list[Figure]:
    """The figures of the suites in the table, separately for each device and number of threads, but for `encoder_map`.

    `rounds` gives the times their quartiles; a folder may no longer have it.
    """
    drawn, count = [], dict.fromkeys(FIGURES, 0)
    for suite, rows in split_suites(with_quartiles(throughput, rounds)):
        if suite not in FIGURES:
            continue
        count[suite] += 1
        for spec in FIGURES[suite]:
            if spec.name == "encoder_map" and count[suite] == 1:
                continue  # the figure of the answer
            figure = _figure(SUITES[suite].title, spec, rows, count[suite])
            drawn += [figure] if figure else []
    return drawn


def encoder_map(throughput: pd.DataFrame) -> Figure | None:
    """The map of padded_exact against packed on the first device, 700 pixels wide: the figure of the answer."""
    (spec, *_) = FIGURES["encoder"]
    maps = (
        _figure(SUITES[suite].title, spec, rows, 1) for suite, rows in split_suites(throughput) if suite == "encoder"
    )
    return next(maps, None)


def _figure(suite_title: str, spec: FigureSpec, rows: pd.DataFrame, count: int) -> Figure | None:
    """None if all benchmarks that it would show have failed."""
    shown = spec.shown(rows)
    if not len(shown):
        return None
    names = varying(shown, spec.panel_columns)
    header, numbers = spec.numbers(shown, names)
    return Figure(
        name=spec.name if count == 1 else f"{spec.name}_{count}",
        title=f"{suite_title}: {spec.title}",
        caption=f"{spec.caption} Each value comes from {formatting.counted(shown['rounds'].tolist(), 'round')} on "
        f"{common_settings(shown)}.",
        alt=f"{spec.alt} for {formatting.listed(list(shown['candidate'].unique()))}.",
        source="throughput.csv",
        drawing=spec.draw(_panels(shown, names)),
        header=header,
        rows=numbers,
        folded=spec.folded,
    )


def _panels(rows: pd.DataFrame, names: list[str]) -> PanelGrid:
    """The rows in panels that agree in the columns `names`, titled by their values.

    The last column runs along the rows of panels. A single column that varies has two panels in a row.
    """
    if not names:
        return [[("", rows)]]
    parts = dict(list(rows.groupby(names)))
    empty = rows[:0]
    if len(names) == 1:
        panels = [*parts.values()]
        lines = [[*panels[at : at + 2], empty][:2] for at in range(0, len(panels), 2)]
    else:
        across = sorted(rows[names[-1]].unique())
        rows_of_panels = dict.fromkeys(key[:-1] for key in parts)
        lines = [[parts.get((*down, level), empty) for level in across] for down in rows_of_panels]
    return [[(", ".join(phrases(part.iloc[0], names)) if len(part) else "", part) for part in line] for line in lines]
