"""Crossover map: the ratio of times by source length and padding ratio, with the line at 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter

from results.figures.style import styled
from results.figures.timing_curves import length_panels, plain_number
from results.statistics import Sample

_COLOR_LIMIT = 2
"""The power of two at which the colours saturate: a quarter of the time, or four times."""
_COLORS = "PuOr_r"
"""Purple is faster, orange slower, white equal; colour-blind readers distinguish them."""


@styled()
def crossover_map(panels: list[tuple[str, pd.DataFrame]], columns: int) -> Figure:
    """One candidate's ratio of times by source length (logarithmic) and padding ratio.

    There is a panel for each titled group of rows, `columns` per row. The line is where the ratio is 1: the log ratio
    is interpolated linearly over the log length. A ring marks a cell whose interval holds 1.
    """
    figure, axes = length_panels(panels, columns, width=4.9, height=2.9)
    for ax, (_, rows) in zip(axes, panels, strict=True):
        mesh = _map(ax, rows)
    lengths = np.unique(np.concatenate([rows["source_length"] for _, rows in panels]))
    edges = np.exp(_edges(np.log(lengths)))
    axes[0].set_xlim(edges[0], edges[-1])  # the panels share it
    figure.supylabel("padding ratio", fontsize=13)
    bar = figure.colorbar(mesh, ax=axes, extend="both", aspect=15, shrink=min(1.0, 1.6 / -(-len(panels) // columns)))
    bar.set_label(f"time / time of {panels[0][1]['baseline'].iloc[0]}")
    bar.set_ticks([*range(-_COLOR_LIMIT, _COLOR_LIMIT + 1)])
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda power, _: f"{2.0**power:g}"))
    return figure


def _map(ax: Axes, rows: pd.DataFrame) -> QuadMesh:
    plane = rows.pivot(index="padding_ratio", columns="source_length", values="ratio")
    lengths, paddings = plane.columns.to_numpy(dtype=float), plane.index.to_numpy(dtype=float)
    powers = np.ma.masked_invalid(np.log2(plane.to_numpy()))  # a cell whose benchmark failed stays white
    mesh = ax.pcolormesh(
        np.exp(_edges(np.log(lengths))),
        _edges(paddings),
        powers,
        cmap=_COLORS,
        vmin=-_COLOR_LIMIT,
        vmax=_COLOR_LIMIT,
        edgecolors="white",
        linewidth=0.5,
    )
    if min(plane.shape) > 1 and powers.min() < 0 < powers.max():
        fine = np.geomspace(lengths[0], lengths[-1], 200)  # straight on the logarithmic axis
        between = [np.interp(np.log(fine), np.log(lengths), row) for row in powers.filled(np.nan)]
        ax.contour(fine, paddings, np.ma.masked_invalid(between), levels=[0], colors="black", linewidths=2)
    cells = rows[["source_length", "padding_ratio", "ratio", "ratio_low", "ratio_high"]].to_numpy(dtype=float)
    for length, padding, ratio, low, high in cells:
        ink = "white" if abs(np.log2(ratio)) > 0.7 * _COLOR_LIMIT else "black"
        halo = [] if ink == "white" else [withStroke(linewidth=1.8, foreground="white")]  # the line may pass behind
        ax.text(
            length,
            padding,
            f"{ratio:.2f}",
            color=ink,
            ha="center",
            va="center",
            fontsize=9,
            path_effects=halo,
            zorder=3,
        )
        if not (low > 1 or high < 1):
            ax.plot(length, padding, "o", mfc="none", mec=ink, markersize=22, markeredgewidth=1.2)
    ax.yaxis.set_major_locator(FixedLocator(list(paddings)))
    ax.yaxis.set_major_formatter(FuncFormatter(plain_number))
    ax.grid(visible=False)
    return mesh


def _edges(centres: Sample) -> Sample:
    """The edges of cells with these centres; a single cell extends by a quarter to either side."""
    between = (np.asarray(centres[1:]) + centres[:-1]) / 2
    if not between.size:
        return np.array([centres[0] - 0.25, centres[0] + 0.25])
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])
