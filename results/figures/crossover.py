"""Crossover map: the ratio of times by source length and padding ratio, with a line between below 1 and above 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke

from results.analysis.timing.suites import ratio_interval
from results.figures.style import legend_above, legend_entry, styled
from results.figures.timing_curves import PanelGrid, panel_axes
from results.tables.study_schema import records

_COLORS = matplotlib.colormaps["PuOr_r"]
"""Purple is faster, orange slower; colour-blind readers distinguish them, and darker is further from 1."""
_STEPS = 5
"""The fewest factors of two between the lightest and the darkest colour, so that figures share their colours."""
_WIDTH = 7.2
"""The width of the figure in inches, more with many lengths; the answer of a report shows it at 700 pixels."""
_LINE: dict[str, Any] = {"color": "#000000", "linewidth": 2.6}


@dataclass(frozen=True)
class _Scale:
    """A colour for each factor of two, so that one step of colour divides below 1 from above 1."""

    low: int
    high: int
    """The powers of two at the ends; at least one on either side of 1."""

    @property
    def colors(self) -> ListedColormap:
        steps = max(_STEPS, -self.low, self.high)
        distances = [power + 0.5 for power in range(self.low, self.high)]
        depths = [math.copysign(0.08 + 0.42 * (abs(distance) - 0.5) / (steps - 1), distance) for distance in distances]
        return ListedColormap([_COLORS(0.5 + depth) for depth in depths])

    @property
    def norm(self) -> BoundaryNorm:
        return BoundaryNorm([2.0**power for power in range(self.low, self.high + 1)], self.high - self.low)

    def ink(self, ratio: float) -> str:
        """The colour of text in a cell."""
        red, green, blue, _ = self.colors(self.norm(ratio))
        return "#000000" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "#ffffff"


@styled()
def crossover_map(panels: PanelGrid) -> Figure:
    """One candidate's ratio of times by source length and padding ratio; the cells of all panels have the same size.

    The line runs between a cell below 1 and its neighbour at 1 or above. A ring marks a cell whose interval holds 1.
    """
    rows = pd.concat([rows for line in panels for _, rows in line])
    lengths, paddings = (sorted(rows[column].unique()) for column in ("source_length", "padding_ratio"))
    powers = np.log2(rows["ratio"])
    scale = _Scale(min(-1, math.floor(powers.min())), max(1, math.floor(powers.max()) + 1))
    width = max(_WIDTH / len(panels[0]), 0.6 + 0.42 * len(lengths))
    figure, axes = panel_axes(panels, width=width, height=0.45 + 0.28 * len(paddings), margin=1.8)
    has_line, has_ring = False, False
    for ax, part in axes:
        ratios = part.pivot(index="padding_ratio", columns="source_length", values="ratio")
        cells = np.ma.masked_invalid(ratios.reindex(index=paddings, columns=lengths).to_numpy(dtype=float))
        edges = [np.arange(count + 1) - 0.5 for count in (len(lengths), len(paddings))]
        ax.pcolormesh(*edges, cells, cmap=scale.colors, norm=scale.norm, edgecolors="white", linewidth=1.0)
        borders = _borders(cells.filled(np.nan))
        has_line |= bool(borders)
        halo = withStroke(linewidth=_LINE["linewidth"] + 1.6, foreground="white")
        ax.add_collection(
            LineCollection(borders, colors=_LINE["color"], linewidths=_LINE["linewidth"], path_effects=[halo])
        )
        for row in records(part):
            place = (lengths.index(row.source_length), paddings.index(row.padding_ratio))
            ink = scale.ink(row.ratio)
            text = f"{row.ratio:.2f}" if row.ratio < 9.995 else f"{row.ratio:.0f}"
            ax.text(*place, text, color=ink, ha="center", va="center", fontsize=10, zorder=3)
            if not ratio_interval(row).excludes(1.0):
                has_ring = True
                ax.add_patch(Ellipse(place, 0.9, 0.82, fill=False, edgecolor=ink, linewidth=1.1))
        ax.set_xticks(range(len(lengths)), [f"{length:g}" for length in lengths], fontsize=10)
        ax.set_yticks(range(len(paddings)), [f"{padding:g}" for padding in paddings], fontsize=10)
        ax.tick_params(length=0)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
    figure.supxlabel("source length (tokens)", fontsize=12)
    figure.supylabel("padding ratio", fontsize=12)
    _color_bar(figure, [ax for ax, _ in axes], scale, rows.iloc[0])
    marks = [legend_entry("same time", **_LINE)] if has_line else []
    if has_ring:
        ring = {"marker": "o", "markersize": 13, "markerfacecolor": "none", "linestyle": "none"}
        marks.append(legend_entry("no difference shown", **ring))
    if marks:
        legend_above(figure, {}, marks)
    return figure


def _color_bar(figure: Figure, axes: Sequence[Axes], scale: _Scale, first: Any) -> None:
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.colors), ax=axes, location="top", aspect=45, pad=0.01, spacing="uniform"
    )
    powers = range(scale.low, scale.high + 1)
    bar.set_ticks(
        [2.0**power for power in powers],
        labels=[f"1/{2**-power}" if power < 0 else f"{2**power}" for power in powers],
        fontsize=10,
    )
    bar.ax.tick_params(length=0)
    bar.set_label(
        f"time of {first['candidate']} / time of {first['baseline']}   (← faster | slower →)", fontsize=12, labelpad=6
    )


def _borders(cells: np.ndarray[Any, Any]) -> list[list[tuple[float, float]]]:
    """The sides that a cell below 1 shares with a cell at 1 or above; cells are nan where nothing was measured."""
    sides: list[list[tuple[float, float]]] = []
    for y, x in np.ndindex(cells.shape):
        for across, up in ((1, 0), (0, 1)):
            if y + up < cells.shape[0] and x + across < cells.shape[1]:
                pair = cells[y, x], cells[y + up, x + across]
                if min(pair) < 1 <= max(pair):
                    corner = (x + 0.5, y + 0.5)
                    sides.append([corner, (corner[0] - up, corner[1] - across)])
    return sides
