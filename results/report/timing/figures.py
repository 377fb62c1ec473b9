"""The pictures that a report shows of the benchmarks, with their captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.timing_suites import SUITES, main_plane, panels, settings, varying, where
from results.page.elements import Picture
from results.report.timing import numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A kind of picture of a suite."""

    name: str
    title: str
    """After the suite's."""
    alt: str
    """Its beginning."""
    caption: str
    shown: Callable[[pd.DataFrame], pd.DataFrame]
    """The rows that it shows of the suite's."""
    apart: tuple[str, ...]
    """What its panels differ in; those of a row, of up to three, in the last of these that varies."""
    draw: Callable[[list[tuple[str, pd.DataFrame]], int], Figure]
    numbers: Callable[[pd.DataFrame, Sequence[str]], numbers.Numbers]


def _everything(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _exact(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["candidate"] == "padded_exact"]


def _half_padding(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the main plane, the padding ratio that is nearest to a half."""
    rows = main_plane(rows)
    away = (rows["padding_ratio"] - 0.5).abs()
    nearest: pd.DataFrame = rows[away == away.min()]
    return nearest


_SCALING = (
    "Median time by source length, both axes logarithmic. The number at a line's end is its slope, by least squares "
    "over the longer half of its lengths: 1 is linear growth, 2 quadratic."
)
_RATIOS = (
    "Time over the baseline's by source length, both axes logarithmic; below 1 is faster. Bars are 95% intervals. "
    "The baseline is timed against itself too."
)
DRAWINGS: dict[str, tuple[Drawing, ...]] = {
    "encoder": (
        Drawing(
            name="encoder_map",
            title="where padded_exact overtakes packed",
            alt="Heat map of ratios of times by source length and padding ratio",
            caption="padded_exact's time over packed's, by source length and padding ratio; purple is faster. The line "
            "is where the ratio is 1; a ring is round a number whose 95% interval holds 1.",
            shown=_exact,
            apart=("batch", "hidden_size", "directions", "cell"),
            draw=figures.crossover_map,
            numbers=numbers.plane,
        ),
        Drawing(
            name="encoder_times",
            title="how time grows with length",
            alt="Line chart of times by source length",
            caption=f"{_SCALING} padded reads the padding as if it were text: another function.",
            shown=_half_padding,
            apart=("directions", "cell"),
            draw=figures.scaling_curves,
            numbers=numbers.times,
        ),
    ),
    "score": (
        Drawing(
            name="score_times",
            title="how time grows with length",
            alt="Line chart of times by source length",
            caption=_SCALING,
            shown=_everything,
            apart=("hidden_size", "target_length"),
            draw=figures.scaling_curves,
            numbers=numbers.times,
        ),
    ),
    "decoder": (
        Drawing(
            name="decoder_times",
            title="how time grows with length",
            alt="Line chart of times by source length",
            caption=_SCALING,
            shown=_everything,
            apart=("hidden_size", "baseline"),
            draw=figures.scaling_curves,
            numbers=numbers.times,
        ),
    ),
    "greedy": (
        Drawing(
            name="greedy_times",
            title="how time grows with length",
            alt="Line chart of times by source length",
            caption=f"{_SCALING} As many steps are taken as the longest source has tokens.",
            shown=_everything,
            apart=("hidden_size", "batch"),
            draw=figures.scaling_curves,
            numbers=numbers.times,
        ),
    ),
    "training": (
        Drawing(
            name="training_ratios",
            title="against the baseline",
            alt="Line chart of ratios of times by source length",
            caption=_RATIOS,
            shown=_everything,
            apart=("hidden_size", "baseline"),
            draw=figures.ratio_intervals,
            numbers=numbers.ratios,
        ),
    ),
}


def speed_pictures(throughput: pd.DataFrame) -> list[Picture]:
    """Those of the suites that are there; each setting has its own."""
    pictures, count = [], dict.fromkeys(DRAWINGS, 0)
    for suite, rows in settings(throughput):
        if suite not in DRAWINGS:
            continue
        count[suite] += 1
        for drawing in DRAWINGS[suite]:
            shown = drawing.shown(rows)
            if not len(shown):  # the tests of all that it would show have failed
                continue
            names = varying(shown, drawing.apart)
            header, numbers = drawing.numbers(shown, names)
            pictures.append(
                Picture(
                    name=drawing.name if count[suite] == 1 else f"{drawing.name}_{count[suite]}",
                    title=f"{SUITES[suite].title}: {drawing.title}",
                    caption=f"{drawing.caption} On {where(shown)}.",
                    alt=f"{drawing.alt} for {formatting.listed(list(shown['candidate'].unique()))}.",
                    source="throughput.csv",
                    figure=drawing.draw(panels(shown, names), min(3, shown[names[-1]].nunique()) if names else 1),
                    header=header,
                    rows=numbers,
                )
            )
    return pictures
