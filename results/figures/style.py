"""What all figures share: one look, and one colour, marker and line for a name wherever it is drawn.

Colours are Okabe and Ito's, told apart by colour-blind readers; markers and dashes tell the lines apart in grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # it comes with matplotlib; a machine's own fonts are not used
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
    "svg.hashsalt": "retrograde",  # element names that do not change from build to build
}
_CROWD = 2000
"""Marks of an arm in a panel; more are an image in the SVG, which would else grow by up to 100 bytes with each."""


@contextmanager
def styled() -> Iterator[None]:
    """matplotlib's defaults and this style, whatever the user has set; in force while a figure is made and while it is
    saved, where ticks are still added."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def opacity(seeds: int) -> float:
    """Of what is drawn of every seed; the more there are, the fainter, or they would hide their mean."""
    return 0.35 * min(1.0, 50 / max(1, seeds))


def crowded(marks: Sized) -> bool:
    """Whether they are too many for an SVG that draws each by itself."""
    return len(marks) > _CROWD


@dataclass(frozen=True)
class Look:
    color: str
    marker: str
    dashes: Any = "-"


_NAMED = {
    "none": Look("#000000", "s", ":"),
    "dot": Look("#E69F00", "^", "--"),
    "scaled_dot": Look("#CC79A7", "v", "-."),
    "general": Look("#0072B2", "o", "-"),
    "concat": Look("#56B4E9", "P", (0, (5, 1))),
    "additive": Look("#D55E00", "D", "-"),
    "additive_previous": Look("#009E73", "X", "--"),
    "additive_compiled": Look("#777777", "*", "--"),
    "additive_normalised": Look("#009E73", "h", "-"),
    "location": Look("#000000", "<", "-."),
    "packed": Look("#000000", "H", ":"),
    "padded": Look("#E69F00", "v", "--"),
    "padded_exact": Look("#CC79A7", "p", "-"),
    "general_stepwise": Look("#0072B2", "s", ":"),
    "general_parallel": Look("#0072B2", "o", "-"),
    "additive_stepwise": Look("#D55E00", "s", ":"),
    "additive_parallel": Look("#D55E00", "D", "-"),
}
_OTHERS = tuple(
    Look(color, marker, dashes)
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


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for each name: a known name always has its own, others take what is left, in order.

    No two of up to 15 unknown names share one; the sixteenth looks like the first.
    """
    unknown = [name for name in names if name not in _NAMED]
    return {name: _NAMED.get(name) or _OTHERS[unknown.index(name) % len(_OTHERS)] for name in names}


def drawn_name(name: str, room: int = 60) -> str:
    """A name from outside, no longer than there is room for; between dollars matplotlib would read a formula."""
    short = name if len(name) <= room else f"{name[: room - 16]}…{name[-15:]}"
    return short.replace("$", r"\$")


def dark(color: str) -> str:
    """The colour, dark enough for letters."""
    red, green, blue = to_rgb(color)
    return to_hex((0.65 * red, 0.65 * green, 0.65 * blue))


def grid(panels: int, columns: int, *, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels, `columns` a row, of `width` x `height` inches each; the axes in reading order.

    Axes are shared; the axes of a last row that is not full are taken away.
    """
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = Figure(figsize=(width * columns, height * rows))
    axes = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.remove()
    for above in axes[max(0, panels - columns) : (rows - 1) * columns]:
        above.tick_params(labelbottom=True)  # nothing is below it to carry the numbers of the axis
    return figure, axes[:panels]


def legend_above(figure: Figure, named: dict[str, Look], marks: Sequence[Artist]) -> None:
    """One legend for all panels, above them, where it covers nothing: the names, then `marks`, which have labels."""
    handles = [
        *(
            Line2D([], [], color=look.color, marker=look.marker, linestyle=look.dashes, label=drawn_name(name))
            for name, look in named.items()
        ),
        *marks,
    ]
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, int(figure.get_figwidth() / (1.1 + 0.115 * longest)))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), columns))


def mark(label: str, **look: Any) -> Line2D:
    """What a legend shows of every name alike; a line, unless `look` says what else."""
    return Line2D([], [], color="#444444", label=label, **look)


BAR: dict[str, Any] = {"marker": "|", "markersize": 14, "markeredgewidth": 2.2, "linestyle": "none"}
"""The look of an interval in a legend."""
