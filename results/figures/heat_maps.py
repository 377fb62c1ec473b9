"""Heat maps of attention."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from results.analysis.study.attention_maps import AttentionMap, unit_name
from results.figures.style import display_name, styled

_MAX_LABELS = 20
"""Characters that fit along the x axis, and positions that fit along the y axis; with more, the first and every fifth
position have a label."""
_MAX_COLUMNS = 5
"""The most panels in a row."""
_MAX_NAME = 16
"""Characters of a token's name."""


@styled()
def alignments(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights of one example a panel; squares mark the alignment that the task expects."""
    return _heat_maps(maps, _letter_axes(maps), lettered=True)


@styled()
def mean_alignments(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights by position, averaged; squares mark the alignment that the task expects."""
    return _heat_maps(maps, ("source position", "target position"), lettered=False)


@styled()
def examples(maps: Sequence[AttentionMap]) -> Figure:
    """Attention weights of chosen examples; a row of panels for each model, a column for each of two to five examples.

    Squares mark the alignment that the task expects.
    """
    chosen = len({one.labels["example"] for one in maps})
    return _heat_maps(maps, _letter_axes(maps), chosen if 1 < chosen <= _MAX_COLUMNS else None, lettered=True)


def _letter_axes(maps: Sequence[AttentionMap]) -> tuple[str, str]:
    unit = unit_name(maps)
    what = unit if unit == "token" else f"{unit} and position"
    return f"source {what}", f"predicted {what}"


def _heat_maps(
    maps: Sequence[AttentionMap], axis_labels: tuple[str, str], columns: int | None = None, *, lettered: bool
) -> Figure:
    """One panel per map with a shared colour bar; `columns` per row, by default three, or four smaller ones if
    there are many or just four."""
    many = len(maps) > 9 or len(maps) == 4 or (columns or 0) > 3
    columns = min(columns or (4 if many else 3), len(maps))
    rows = -(-len(maps) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.7 * rows) if many else (max(6.0, 4.2 * columns), 4.4 * rows))
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax, drawn in zip(axes, maps, strict=False):
        image = _heat_map(ax, drawn, lettered=lettered)
        ax.set_title("\n".join(map(display_name, drawn.title.split("\n"))), fontsize=10 if many else 12)
        ax.tick_params(labelsize=9 if many else 11, length=0)
    for unused in axes[len(maps) :]:
        unused.remove()
    # The colour bar has the same length for any number of rows.
    figure.colorbar(image, ax=axes[: len(maps)], label="attention weight", shrink=0.8 / rows, anchor=(0.0, 1.0))
    figure.supxlabel(axis_labels[0], fontsize=13)
    figure.supylabel(axis_labels[1], fontsize=13)
    return figure


def _heat_map(ax: Axes, drawn: AttentionMap, *, lettered: bool) -> AxesImage:
    targets, sources = drawn.weights.shape
    extent = (0.5, sources + 0.5, targets + 0.5, 0.5)
    image = ax.imshow(
        drawn.weights, cmap="Blues", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest"
    )
    positions = drawn.expected.positions[:targets]
    size = max(3, 100 / max(sources, targets - 1, 10))
    ax.plot(positions, range(1, len(positions) + 1), "s", mfc="none", mec="#D55E00", markersize=size)
    source, target = (list(map(display_name, letters)) for letters in (drawn.source, drawn.target))
    read = [f"{name}\n{place if place == 1 or place % 5 == 0 else ''}" for place, name in enumerate(source, start=1)]
    for axis, names, every in (
        (ax.xaxis, read if lettered else source, 1 if sum(map(len, drawn.source)) <= _MAX_LABELS else 5),
        (ax.yaxis, target, 1 if targets <= _MAX_LABELS + 1 else 5),
    ):
        shown = [place for place in range(1, len(names) + 1) if place == 1 or place % every == 0]
        axis.set_ticks(shown, [names[place - 1] for place in shown])
    if lettered and drawn.unit == "token":
        _label_tokens(ax, source, target)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return image


def _label_tokens(ax: Axes, source: Sequence[str], target: Sequence[str]) -> None:
    """Names of tokens, which are words: those of the source are turned, as they have no room side by side."""
    for axis, names, turned in ((ax.xaxis, source, 90), (ax.yaxis, [name.rsplit(" ", 1)[0] for name in target], 0)):
        every = 1 if len(names) <= _MAX_LABELS + 1 else 5
        shown = [place for place in range(1, len(names) + 1) if place == 1 or place % every == 0]
        short = [f"{name[: _MAX_NAME - 1]}…" if len(name) > _MAX_NAME else name for name in names]
        axis.set_ticks(shown, [short[place - 1] for place in shown], rotation=turned)
