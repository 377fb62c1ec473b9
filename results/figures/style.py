"""The style that all figures share, with a fixed colour, marker and dashes for each known name.

Colours are those of Okabe and Ito, which colour-blind readers distinguish; markers and dashes distinguish lines without
colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # it ships with matplotlib, so figures do not depend on installed fonts
    "font.size": 13,
    "axes.titlesize": 13,
    "axes.labelsize": 13,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "legend.handlelength": 3.2,  # long enough to show the dashes
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "lines.linewidth": 2.2,
    "lines.markersize": 7,
    "errorbar.capsize": 3,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 150,
    "svg.hashsalt": "retrograde",  # element ids are the same in every build
}
_LABEL_SIZE = 12
"""The font size of the name of a line at its end, in points."""
_MAX_VECTOR_MARKS = 2000
"""More marks than this per arm and panel are rasterised; as vectors each adds up to 100 bytes to the SVG."""


@contextmanager
def styled() -> Iterator[None]:
    """Applies matplotlib's defaults and this style, whatever the user has set.

    In force while a figure is made and while it is saved, since saving adds ticks.
    """
    with matplotlib.style.context(["default", _STYLE]):
        yield


def opacity(seeds: int) -> float:
    """The opacity of the marks of single seeds: lower for many seeds, so that their mean stays visible."""
    return 0.35 * min(1.0, 50 / max(1, seeds))


def needs_raster(marks: Sized) -> bool:
    """Whether the marks are too many to be drawn as vectors."""
    return len(marks) > _MAX_VECTOR_MARKS


@dataclass(frozen=True)
class LineStyle:
    color: str
    marker: str
    dashes: Any = "-"


_NAMED = {
    "none": LineStyle("#000000", "s", ":"),
    "dot": LineStyle("#E69F00", "^", "--"),
    "scaled_dot": LineStyle("#CC79A7", "v", "-."),
    "general": LineStyle("#0072B2", "o", "-"),
    "concat": LineStyle("#56B4E9", "P", (0, (5, 1))),
    "additive": LineStyle("#D55E00", "D", "-"),
    "additive_previous": LineStyle("#009E73", "X", "--"),
    "additive_compiled": LineStyle("#777777", "*", "--"),
    "additive_normalised": LineStyle("#009E73", "h", "-"),
    "location": LineStyle("#009E73", "<", "-."),
    "shift": LineStyle("#56B4E9", ">", "-."),
    "one_step": LineStyle("#E69F00", "p", "-"),
    "transformer": LineStyle("#CC79A7", "*", "--"),
    "packed": LineStyle("#000000", "H", ":"),
    "padded": LineStyle("#E69F00", "v", "--"),
    "padded_exact": LineStyle("#CC79A7", "p", "-"),
    "general_stepwise": LineStyle("#0072B2", "s", ":"),
    "general_parallel": LineStyle("#0072B2", "o", "-"),
    "additive_stepwise": LineStyle("#D55E00", "s", ":"),
    "additive_parallel": LineStyle("#D55E00", "D", "-"),
}
_OTHERS = tuple(
    LineStyle(color, marker, dashes)
    for color, marker, dashes in (
        ("#009E73", "h", "-"),
        ("#D55E00", "<", "--"),
        ("#0072B2", ">", "-."),
        ("#CC79A7", "p", "-"),
        ("#E69F00", "d", "-."),
        ("#56B4E9", "*", "--"),
        ("#000000", "X", "-"),
        ("#CC79A7", "o", "--"),
        ("#56B4E9", "s", "-."),
        ("#009E73", "^", ":"),
        ("#E69F00", "v", "-"),
        ("#000000", "D", "--"),
        ("#0072B2", "P", ":"),
        ("#D55E00", "8", "-."),
        ("#009E73", "*", (0, (5, 1))),
    )
)


def line_styles(names: Sequence[str]) -> dict[str, LineStyle]:
    """A style for each name. Known names have a fixed style; other names take the remaining styles in order.

    Up to 15 unknown names have distinct styles; the sixteenth has that of the first.
    """
    unknown = [name for name in names if name not in _NAMED]
    return {name: _NAMED.get(name) or _OTHERS[unknown.index(name) % len(_OTHERS)] for name in names}


_IN_GROUPS = (
    LineStyle("#000000", "s", ":"),
    LineStyle("#0072B2", "o", "-"),
    LineStyle("#D55E00", "D", "-"),
    LineStyle("#009E73", "^", "--"),
    LineStyle("#CC79A7", "v", "-."),
    LineStyle("#E69F00", "P", "--"),
    LineStyle("#56B4E9", "X", (0, (5, 1))),
    LineStyle("#777777", "h", "-"),
)


def group_styles(names: Sequence[str]) -> dict[str, LineStyle]:
    """A style for each of up to eight names of a panel, by their order."""
    return dict(zip(names, _IN_GROUPS, strict=False))


def display_name(name: str, room: int = 60) -> str:
    """A user's name, shortened to `room` characters, with dollars escaped, which matplotlib reads as a formula."""
    short = name if len(name) <= room else f"{name[: room - 16]}…{name[-15:]}"
    return short.replace("$", r"\$")


def darken(color: str) -> str:
    """The colour, darkened for text."""
    red, green, blue = to_rgb(color)
    return to_hex((0.65 * red, 0.65 * green, 0.65 * blue))


def grid(panels: int, columns: int, size: tuple[float, float], *, sharex: bool) -> tuple[Figure, list[Axes]]:
    """A figure of `panels` panels of this width and height in inches, `columns` per row, with a shared y axis.

    Returns the axes in reading order; unused axes of the last row are removed.
    """
    columns = min(columns, panels)
    rows = -(-panels // columns)
    width, height = size
    figure = Figure(figsize=(width * columns, height * rows))
    axes = list(figure.subplots(rows, columns, sharex=sharex, sharey=True, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.remove()
    for above in axes[max(0, panels - columns) : (rows - 1) * columns]:
        above.tick_params(labelbottom=True)  # no panel below shows the tick labels
    return figure, axes[:panels]


@dataclass(frozen=True)
class LineEnd:
    """The end of a line, in data coordinates, and its name."""

    name: str
    x: float
    y: float
    color: str


def label_ends(figure: Figure, panels: Iterable[tuple[Axes, Sequence[LineEnd]]]) -> None:
    """Writes the name of each line to the right of its panel, as near to the line's end as the other names allow.

    The limits of the axes are not changed after this.
    """
    if engine := figure.get_layout_engine():
        engine.execute(figure)  # the layout decides the height of a panel
    for ax, ends in panels:
        points = ax.get_window_extent().height * 72 / figure.dpi
        in_order = sorted(ends, key=lambda end: end.y)
        heights = np.array(
            [ax.transAxes.inverted().transform(ax.transData.transform((end.x, end.y)))[1] for end in in_order]
        )
        apart = _LABEL_SIZE * 1.25 / points * np.arange(len(ends))
        places = np.clip(isotonic_regression(heights - apart).x, 0.0, max(0.0, 1.0 - apart[-1])) + apart
        for end, place in zip(in_order, places, strict=True):
            ax.annotate(
                display_name(end.name),
                (end.x, end.y),
                (1.03, place),
                textcoords="axes fraction",
                va="center",
                color=darken(end.color),
                fontsize=_LABEL_SIZE,
                annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": end.color, "linewidth": 0.9, "shrinkB": 4, "relpos": (0, 0.5)},
            )


def legend_above(figure: Figure, named: dict[str, LineStyle], marks: Sequence[Artist]) -> None:
    """Adds one legend above all panels: the names with their styles, then `marks`, which have labels."""
    handles = [
        *(legend_line(name, style) for name, style in named.items()),
        *marks,
    ]
    widths = [1.0 + 0.1 * len(str(handle.get_label())) for handle in handles]
    one_line = sum(widths) <= figure.get_figwidth()
    columns = len(handles) if one_line else max(1, int(figure.get_figwidth() / (max(widths) + 0.1)))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), columns), fontsize=12)


def legend_line(name: str, style: LineStyle) -> Line2D:
    """A legend entry of a name."""
    return Line2D([], [], color=style.color, marker=style.marker, linestyle=style.dashes, label=display_name(name))


def legend_entry(label: str, **style: Any) -> Line2D:
    """A legend entry that is the same for every name: a grey line, or what `style` sets."""
    return Line2D([], [], label=label, **{"color": "#444444", **style})


INTERVAL_MARK: dict[str, Any] = {"marker": "|", "markersize": 14, "markeredgewidth": 2.2, "linestyle": "none"}
"""The style of an interval in a legend."""
