"""Heat maps of attention: where an arm looked in one example, on average, and in examples that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from results.alignments import held_positions
from results.figures.style import STYLE
from results.levels import label, split_levels

_ROOM = 20
"""Characters of an axis' letters that have room side by side, and positions that have room below each other."""
_WIDEST = 5
"""Panels that a row has room for."""
_TOKEN = re.compile(r"x\d+|.")
"""A letter's name: a to z, then x26, x27, and so on."""


@dataclass(frozen=True)
class _Map:
    """One panel, before it is drawn."""

    title: str
    weights: pd.DataFrame
    """A row for each target position, a column for each source position, both from 1."""
    letters: int
    """Letters of the source; more than it has positions where a position covers several."""
    source: list[str]
    target: list[str]
    """What is written at each position of an axis."""


@matplotlib.rc_context(STYLE)
def alignments(alignments: pd.DataFrame) -> Figure:
    """Attention weights of one example a panel, of each arm's lowest seed; squares mark the anti-diagonal.

    A model that inverts by looking at the letter it is about to write has its weight there.
    """
    maps = [
        _lettered(_title(arm, label(levels)), rows[rows["seed"] == rows["seed"].min()])
        for levels, at_levels in split_levels(alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]
    return _heat_maps(maps, "source letter and position", "predicted letter and position")


@matplotlib.rc_context(STYLE)
def mean_alignments(mean_alignments: pd.DataFrame) -> Figure:
    """Attention weights by position, the mean over examples and seeds; a panel for each arm and combination of levels.

    Squares mark the anti-diagonal, and the title says what share of the weight is on it in the steps that write a
    letter.
    """
    maps = [
        _mean(arm, label(levels), rows)
        for levels, at_levels in split_levels(mean_alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]
    return _heat_maps(maps, "source position", "target position")


@matplotlib.rc_context(STYLE)
def examples(examples: pd.DataFrame) -> Figure:
    """Attention weights of chosen examples; a row of panels for each arm, a column for each of two to five examples;
    squares mark the anti-diagonal.

    The rows are like those of alignments.csv, with the source's letters in the column `example` for a seed.
    """
    panels = dict(list(examples.groupby(["arm", "example"])))
    chosen = examples["example"].unique()
    maps = [
        _lettered(_title(arm, example), panels[arm, example])
        for arm in examples["arm"].unique()
        for example in chosen
        if (arm, example) in panels
    ]
    beside = len(chosen) if 1 < len(chosen) <= _WIDEST else None
    return _heat_maps(maps, "source letter and position", "predicted letter and position", beside)


def _title(arm: object, more: str) -> str:
    return "\n".join(filter(None, [str(arm), more]))


def _lettered(title: str, rows: pd.DataFrame) -> _Map:
    source = [str(name) for name in rows.groupby("source_position")["source"].first()]
    predicted = rows.groupby("target_position")["predicted"].first()
    return _Map(
        title,
        rows.pivot(index="target_position", columns="source_position", values="weight").sort_index(),
        sum(len(_TOKEN.findall(name)) for name in source),
        [f"{name}\n{place if place % 5 == 1 else ''}" for place, name in enumerate(source, start=1)],
        [f"{letter} {place}" for place, letter in predicted.items()],
    )


def _mean(arm: object, levels: str, rows: pd.DataFrame) -> _Map:
    means = rows.groupby(["target_position", "source_position"])["weight"].mean().unstack()
    letters = len(means) - 1  # the last step writes the end
    held = held_positions(letters, means.shape[1])
    share = float(np.mean([means.loc[step, place] for step, place in enumerate(held, start=1)])) if held else np.nan
    share_of = f"{share:.2f} on the anti-diagonal"
    source, target = ([str(place) for place in axis] for axis in (means.columns, means.index))
    return _Map(_title(arm, ": ".join(filter(None, [levels, share_of]))), means, letters, source, target)


def _heat_maps(maps: Sequence[_Map], x: str, y: str, beside: int | None = None) -> Figure:
    """`beside` panels a row, or else three, or four where there are many, which are smaller; one colour bar for all."""
    many = len(maps) > 9 or (beside or 0) > 3
    columns = min(beside or (4 if many else 3), len(maps))
    rows = -(-len(maps) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.7 * rows) if many else (max(6.0, 4.2 * columns), 4.4 * rows))
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for ax, drawn in zip(axes, maps, strict=False):
        image = _heat_map(ax, drawn)
        ax.set_title(drawn.title, fontsize=10 if many else 12)
        ax.tick_params(labelsize=9 if many else 11, length=0)
    for unused in axes[len(maps) :]:
        unused.remove()
    # The bar is of one length however many rows there are: it is read, not looked at.
    figure.colorbar(image, ax=axes[: len(maps)], label="attention weight", shrink=0.8 / rows, anchor=(0.0, 1.0))
    figure.supxlabel(x, fontsize=13)
    figure.supylabel(y, fontsize=13)
    return figure


def _heat_map(ax: Axes, drawn: _Map) -> AxesImage:
    targets, sources = drawn.weights.shape
    extent = (0.5, sources + 0.5, targets + 0.5, 0.5)
    image = ax.imshow(
        drawn.weights, cmap="Blues", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest"
    )
    held = held_positions(drawn.letters, sources)[:targets]
    size = max(3, 100 / max(sources, targets - 1, 10))
    ax.plot(held, range(1, len(held) + 1), "s", mfc="none", mec="#D55E00", markersize=size)
    widest = sum(len(name.split("\n")[0]) for name in drawn.source)
    for axis, names, every in (
        (ax.xaxis, drawn.source, 1 if widest <= _ROOM else 5),
        (ax.yaxis, drawn.target, 1 if targets <= _ROOM + 1 else 5),
    ):
        axis.set_ticks(range(1, len(names) + 1)[::every], names[::every])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return image
