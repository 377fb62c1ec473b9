"""Heat maps of attention."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from results.analysis.attention_maps import AttentionMap
from results.figures.style import drawn_name, styled

_ROOM = 20
"""Characters of an axis' letters that have room side by side, and positions that have room below each other."""
_WIDEST = 5
"""Panels that a row has room for."""
_LETTERED = ("source letter and position", "predicted letter and position")


@styled()
def alignments(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights of one example a panel; squares mark the alignment that the task expects."""
    return _heat_maps(maps, _LETTERED)


@styled()
def mean_alignments(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights by position, averaged; squares mark the alignment that the task expects."""
    return _heat_maps(maps, ("source position", "target position"))


@styled()
def examples(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights of chosen examples; a row of panels for each model, a column for each of two to five examples;
    squares mark the alignment that the task expects."""
    chosen = len({one.of["example"] for one in maps})
    return _heat_maps(maps, _LETTERED, chosen if 1 < chosen <= _WIDEST else None)


def _heat_maps(maps: Sequence[AttentionMap], along: tuple[str, str], beside: int | None = None) -> Figure:
    """`along` says what its two axes are; `beside` panels a row, or else three, or four where there are many, which are
    smaller; one colour bar for all."""
    many = len(maps) > 9 or (beside or 0) > 3
    columns = min(beside or (4 if many else 3), len(maps))
    rows = -(-len(maps) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.7 * rows) if many else (max(6.0, 4.2 * columns), 4.4 * rows))
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax, drawn in zip(axes, maps, strict=False):
        image = _heat_map(ax, drawn, lettered=along == _LETTERED)
        ax.set_title("\n".join(map(drawn_name, drawn.title.split("\n"))), fontsize=10 if many else 12)
        ax.tick_params(labelsize=9 if many else 11, length=0)
    for unused in axes[len(maps) :]:
        unused.remove()
    # The bar is of one length however many rows there are: it is read, not looked at.
    figure.colorbar(image, ax=axes[: len(maps)], label="attention weight", shrink=0.8 / rows, anchor=(0.0, 1.0))
    figure.supxlabel(along[0], fontsize=13)
    figure.supylabel(along[1], fontsize=13)
    return figure


def _heat_map(ax: Axes, drawn: AttentionMap, *, lettered: bool) -> AxesImage:
    targets, sources = drawn.weights.shape
    extent = (0.5, sources + 0.5, targets + 0.5, 0.5)
    image = ax.imshow(
        drawn.weights, cmap="Blues", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest"
    )
    cells = drawn.expected.cells[:targets]
    size = max(3, 100 / max(sources, targets - 1, 10))
    ax.plot(cells, range(1, len(cells) + 1), "s", mfc="none", mec="#D55E00", markersize=size)
    source, target = (list(map(drawn_name, letters)) for letters in (drawn.source, drawn.target))
    read = [f"{name}\n{place if place % 5 == 1 else ''}" for place, name in enumerate(source, start=1)]
    for axis, names, every in (
        (ax.xaxis, read if lettered else source, 1 if sum(map(len, drawn.source)) <= _ROOM else 5),
        (ax.yaxis, target, 1 if targets <= _ROOM + 1 else 5),
    ):
        axis.set_ticks(range(1, len(names) + 1)[::every], names[::every])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return image
