"""The figures of the benchmarks, with their captions and the numbers drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.timing_suites import (
    SUITES,
    common_settings,
    main_plane,
    panels,
    ratio_interval,
    slope,
    split_suites,
    varying,
)
from results.page.elements import Figure
from results.tables.study_schema import records

if TYPE_CHECKING:
    import matplotlib.figure


Numbers = tuple[list[str], list[list[str]]]
"""A header and its rows: one for each line of a panel, with a column for each length."""


def _plane(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The ratios of a crossover map; its panels differ in the columns `names`."""
    return _by_length(rows, [*names, "padding_ratio"], "ratio", _ratio)


def _ratios(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The ratios of candidates to their baselines."""
    return _by_length(rows, [*names, "candidate"], "ratio", _ratio)


def _times(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """The times of candidates, with the slope of each line."""
    keys = [*names, "candidate"]
    header, lines = _by_length(rows, keys, "ms", lambda row: formatting.rounded(1e3 * row.median_seconds))
    slopes = map(slope, _lines(rows, keys))
    cells = ["-" if math.isnan(value) else f"{value:.2f}" for value in slopes]
    return [*header, "slope"], [[*line, cell] for line, cell in zip(lines, cells, strict=True)]


def _by_length(rows: pd.DataFrame, keys: Sequence[str], unit: str, cell: Callable[[Any], str]) -> Numbers:
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
    return [*(key.replace("_", " ") for key in keys), *(f"{unit} at {length}" for length in lengths)], lines


def _lines(rows: pd.DataFrame, keys: Sequence[str]) -> list[pd.DataFrame]:
    return [line for _, line in rows.groupby([*keys], dropna=False, sort=False)]


def _ratio(row: Any) -> str:
    return formatting.ratio(ratio_interval(row))


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
    """The columns in which panels differ; the last of them that varies runs along a row of up to three panels."""
    draw: Callable[[list[tuple[str, pd.DataFrame]], int], matplotlib.figure.Figure]
    numbers: Callable[[pd.DataFrame, Sequence[str]], Numbers]


def _all_rows(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _padded_exact(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["candidate"] == "padded_exact"]


def _half_padding(rows: pd.DataFrame) -> pd.DataFrame:
    """The padding ratio of the main plane that is nearest to one half."""
    rows = main_plane(rows)
    distance = (rows["padding_ratio"] - 0.5).abs()
    nearest: pd.DataFrame = rows[distance == distance.min()]
    return nearest


_SCALING = (
    "Median time by source length, both axes logarithmic. The number at the end of a line is its slope, by least "
    "squares over the longer half of its lengths: 1 is linear growth, 2 quadratic."
)
_RATIOS = (
    "Time over the baseline's by source length, both axes logarithmic; below 1 is faster. Bars are 95% intervals. "
    "The baseline is timed against itself too."
)
FIGURES: dict[str, tuple[FigureSpec, ...]] = {
    "encoder": (
        FigureSpec(
            name="encoder_map",
            title="crossover of padded_exact and packed",
            alt="Heat map of ratios of times by source length and padding ratio",
            caption="padded_exact's time over packed's, by source length and padding ratio; purple is faster. The line "
            "is where the ratio is 1; a ring marks a ratio whose 95% interval holds 1.",
            shown=_padded_exact,
            panel_columns=("batch", "hidden_size", "directions", "cell"),
            draw=figures.crossover_map,
            numbers=_plane,
        ),
        FigureSpec(
            name="encoder_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=f"{_SCALING} padded reads the padding as tokens, so it is a different function.",
            shown=_half_padding,
            panel_columns=("directions", "cell"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "score": (
        FigureSpec(
            name="score_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=_SCALING,
            shown=_all_rows,
            panel_columns=("hidden_size", "target_length"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "decoder": (
        FigureSpec(
            name="decoder_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=_SCALING,
            shown=_all_rows,
            panel_columns=("hidden_size", "baseline"),
            draw=figures.scaling_curves,
            numbers=_times,
        ),
    ),
    "greedy": (
        FigureSpec(
            name="greedy_times",
            title="time by length",
            alt="Line chart of times by source length",
            caption=f"{_SCALING} Decoding takes as many steps as the longest source has tokens.",
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


def timing_figures(throughput: pd.DataFrame) -> list[Figure]:
    """The figures of the suites in the table, separately for each device and number of threads."""
    figures, count = [], dict.fromkeys(FIGURES, 0)
    for suite, rows in split_suites(throughput):
        if suite not in FIGURES:
            continue
        count[suite] += 1
        for spec in FIGURES[suite]:
            shown = spec.shown(rows)
            if not len(shown):  # all benchmarks that it would show have failed
                continue
            names = varying(shown, spec.panel_columns)
            header, numbers = spec.numbers(shown, names)
            figures.append(
                Figure(
                    name=spec.name if count[suite] == 1 else f"{spec.name}_{count[suite]}",
                    title=f"{SUITES[suite].title}: {spec.title}",
                    caption=f"{spec.caption} On {common_settings(shown)}.",
                    alt=f"{spec.alt} for {formatting.listed(list(shown['candidate'].unique()))}.",
                    source="throughput.csv",
                    drawing=spec.draw(panels(shown, names), min(3, shown[names[-1]].nunique()) if names else 1),
                    header=header,
                    rows=numbers,
                )
            )
    return figures
