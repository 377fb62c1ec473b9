"""The attention weights of one prediction, for notebooks and scripts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol, overload

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from results.figures.style import display_name, styled
from results.tables.atomic_write import InputError

_CELL = 0.3
"""The side of a cell in inches, for few tokens."""
_LARGEST = 12.0
"""The most inches of the map along an axis; the cells of long sequences are smaller."""
_SMALLEST_FONT = 5.0
"""Points. Where labels would be smaller, the first and every second, third, ... token has one."""


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
    extent = (0.5, columns + 0.5, rows + 0.5, 0.5)
    image = ax.imshow(
        np.asarray(weights, dtype=float),
        cmap="Blues",
        vmin=0,
        vmax=1,
        extent=extent,
        aspect="auto",
        interpolation="nearest",
    )
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    _label(ax.xaxis, source, cell)
    _label(ax.yaxis, prediction, cell)
    if any(len(name) > 2 for name in source):
        ax.tick_params(axis="x", labelrotation=90)
    ax.set_xlabel("source")
    ax.set_ylabel("prediction")
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
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
