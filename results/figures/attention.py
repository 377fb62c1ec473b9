"""Attention weights as heat maps: those of a study's models, and those of one prediction for notebooks and scripts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Protocol, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from results.analysis.study.attention_maps import AttentionMap, unit_name
from results.errors import InputError
from results.figures.style import display_name, styled

_MAX_LABELS = 20
"""Characters that fit along the x axis, and positions that fit along the y axis; with more, the first and every fifth,
tenth, ... position have a label."""
_MAX_COLUMNS = 5
"""The most panels in a row."""
_MAX_NAME = 16
"""Characters of a token's name."""
_CELL = 0.3
"""The side of a cell in inches, for few tokens."""
_LARGEST = 12.0
"""The most inches of the map along an axis; the cells of long sequences are smaller."""
_SMALLEST_FONT = 5.0
"""Points. Where labels would be smaller, the first and every second, third, ... token has one."""


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
    image = _weights(ax, drawn.weights.to_numpy())
    targets, sources = drawn.weights.shape
    positions = drawn.expected.positions[:targets]
    size = max(3, 100 / max(sources, targets - 1, 10))
    ax.plot(positions, range(1, len(positions) + 1), "s", mfc="none", mec="#D55E00", markersize=size)
    source, target = (list(map(display_name, letters)) for letters in (drawn.source, drawn.target))
    width, turned = sum(map(len, drawn.source)), 0
    if lettered and drawn.unit == "token":
        # The names are words, which have no room side by side.
        source, target = list(map(_short, source)), [_short(name.rsplit(" ", 1)[0]) for name in target]
        width, turned = sources - 1, 90
    elif lettered:
        source = [f"{name}\n{place if place == 1 or place % 5 == 0 else ''}" for place, name in enumerate(source, 1)]
    _ticks(ax.xaxis, source, fit=width <= _MAX_LABELS, turned=turned)
    _ticks(ax.yaxis, target, fit=targets - 1 <= _MAX_LABELS, turned=0)
    return image


def _weights(ax: Axes, weights: np.ndarray[Any, Any]) -> AxesImage:
    """Draws weights (T,S), with a cell of size 1 around each pair of positions, which begin with 1."""
    targets, sources = weights.shape
    extent = (0.5, sources + 0.5, targets + 0.5, 0.5)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")


def _short(name: str) -> str:
    return f"{name[: _MAX_NAME - 1]}…" if len(name) > _MAX_NAME else name


def _ticks(axis: Axis, names: Sequence[str], *, fit: bool, turned: int) -> None:
    """Writes the names at their positions; if they do not fit, at most eleven: the first and every fifth, tenth, ..."""
    every = 1 if fit else next((step for step in (5, 10, 20, 50) if len(names) <= 10 * step + 1), 100)
    shown = [place for place in range(1, len(names) + 1) if place == 1 or place % every == 0]
    axis.set_ticks(shown, [names[place - 1] for place in shown], rotation=turned)


class AttentionWeights(Protocol):
    """What `plot_attention` draws, such as what `TrainedModel.attention` returns."""

    @property
    def source(self) -> Sequence[str]:
        """S tokens"""

    @property
    def prediction(self) -> Sequence[str]:
        """T tokens"""

    @property
    def weights(self) -> Sequence[Sequence[float]]:
        """(T,S), from 0 to 1"""


class _Shown(Figure):
    """A figure that a notebook shows where it is the value of a cell."""

    @styled()
    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=100)
        return file.getvalue()


@overload
def plot_attention(source: AttentionWeights) -> Figure: ...
@overload
def plot_attention(source: Sequence[str], prediction: Sequence[str], weights: Sequence[Sequence[float]]) -> Figure: ...
@styled()
def plot_attention(
    source: AttentionWeights | Sequence[str],
    prediction: Sequence[str] = (),
    weights: Sequence[Sequence[float]] = (),
) -> Figure:
    """A heat map of the weights: a column for each source token, a row for each predicted token.

    Takes what `model.attention("abcd")` returns, or source, prediction and weights. A notebook shows the figure, and
    `figure.savefig("attention.png")` saves it. Raises InputError if the weights are not one number for each pair of
    tokens.
    """
    if not isinstance(source, Sequence):
        prediction, weights = source.prediction, source.weights
        source = source.source
    rows, columns = len(prediction), len(source)
    if not rows or not columns or [len(row) for row in weights] != [columns] * rows:
        lengths = sorted({len(row) for row in weights})
        raise InputError(
            f"weights: {len(weights)} rows of {', '.join(map(str, lengths)) or 'no'} numbers are refused; "
            f"expected {rows} rows, one for each predicted token, of {columns} numbers"
        )
    cell = min(_CELL, _LARGEST / max(rows, columns))
    height = max(1.8, cell * rows)
    figure = _Shown(figsize=(max(3.0, cell * columns) + 1.8, height + 1.0))
    ax = figure.subplots()
    image = _weights(ax, np.asarray(weights, dtype=float))
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    _label(ax.xaxis, source, cell)
    _label(ax.yaxis, prediction, cell)
    if any(len(name) > 2 for name in source):
        ax.tick_params(axis="x", labelrotation=90)
    ax.set_xlabel("source")
    ax.set_ylabel("prediction")
    ax.tick_params(length=0)
    figure.colorbar(image, ax=ax, label="attention weight", shrink=min(1.0, 3.0 / height), anchor=(0.0, 1.0), aspect=15)
    return figure


def _label(axis: Axis, tokens: Sequence[str], cell: float) -> None:
    """Writes the tokens beside their cells of `cell` inches. A blank is drawn as an open box."""
    size = 0.65 * 72 * cell
    every = max(1, int(np.ceil(_SMALLEST_FONT / size)))
    shown = range(1, len(tokens) + 1, every)
    names = [
        display_name("".join("␣" if sign.isspace() else sign for sign in tokens[place - 1]), 30) for place in shown
    ]
    axis.set_ticks([*shown], names, fontsize=min(12.0, max(_SMALLEST_FONT, size)))
