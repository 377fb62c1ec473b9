"""Panels over the length of the sources: a logarithmic axis with the measured lengths on it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from results.figures.style import drawn_name, grid


def length_panels(
    panels: list[tuple[str, pd.DataFrame]], columns: int, *, width: float, height: float
) -> tuple[Figure, list[Axes]]:
    """A figure of titled panels, `columns` a row, each of the size in inches, over the lengths of all."""
    figure, axes = grid(len(panels), columns, width=width, height=height)
    lengths = sorted({length for _, rows in panels for length in rows["source_length"]})
    for ax, (title, _) in zip(axes, panels, strict=True):
        ax.set_title(drawn_name(title), fontsize=11)
        ax.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.2)  # a margin also where there is but one length
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(lengths))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(plain))
    figure.supxlabel("source length (tokens)", fontsize=13)
    return figure, axes


def log_side(ax: Axes, ticks: tuple[float, ...]) -> None:
    """A logarithmic axis at the side, with plain numbers at the ticks of each decade."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(plain))


def plain(value: float, _: int) -> str:
    """A tick's number as it is said."""
    return f"{value:g}"
