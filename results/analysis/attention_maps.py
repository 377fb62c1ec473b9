"""Where attention looked, as matrices: in one example of each arm, on average, and in examples that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.factor_levels import label, split_levels

_TOKEN = re.compile(r"x\d+|.")
"""A letter's name: a to z, then x26, x27, and so on."""


@dataclass(frozen=True)
class AttentionMap:
    """One matrix of weights, and what stands around it."""

    of: Mapping[str, str]
    """Whose it is, by what that is called: the levels, the arm, the example, the letters."""
    title: str
    weights: pd.DataFrame
    """A row for each target position, a column for each source position, both from 1."""
    letters: int
    """Letters of the source; more than it has positions where a position covers several."""
    source: list[str]
    target: list[str]
    """What is read, and written, at each position."""


def example_maps(alignments: pd.DataFrame) -> list[AttentionMap]:
    """One of each arm and combination of levels: the example of its lowest seed."""
    return [
        _lettered(_named(levels, arm), _title(arm, label(levels)), rows[rows["seed"] == rows["seed"].min()])
        for levels, at_levels in split_levels(alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]


def chosen_maps(examples: pd.DataFrame) -> list[AttentionMap]:
    """One of each model and chosen example, those of a model together; models with the same name have their run's id
    after it."""
    found = dict(list(examples.groupby(["run_id", "example"])))
    models = examples.drop_duplicates("run_id").set_index("run_id")["model"]
    shared = set(models[models.duplicated()])
    names = {run_id: f"{model} ({run_id})" if model in shared else model for run_id, model in models.items()}
    return [
        _lettered({"model": name, "example": example}, _title(name, example), found[run_id, example])
        for run_id, name in names.items()
        for example in examples["example"].unique()
        if (run_id, example) in found
    ]


def mean_maps(mean_alignments: pd.DataFrame) -> list[AttentionMap]:
    """One of each arm and combination of levels: the mean over examples and seeds. The title says what share of the
    weight is on the anti-diagonal in the steps that write a letter."""
    return [
        _mean(levels, arm, rows)
        for levels, at_levels in split_levels(mean_alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]


def map_header(maps: Sequence[AttentionMap]) -> list[str]:
    """Of `map_rows`."""
    return [*maps[0].of, "target", *(f"source {place}" for place in range(1, _widest(maps) + 1))]


def map_rows(maps: Sequence[AttentionMap]) -> list[list[str]]:
    """The weights, rounded for reading: a row for each target position, a cell for each source position."""
    widest = _widest(maps)
    return [
        [*one.of.values(), target, *(f"{weight:.2f}" for weight in weights), *[""] * (widest - len(weights))]
        for one in maps
        for target, weights in zip(one.target, one.weights.to_numpy(), strict=True)
    ]


def _widest(maps: Sequence[AttentionMap]) -> int:
    return max(len(one.source) for one in maps)


def _named(levels: Mapping[str, Any], arm: object) -> dict[str, str]:
    return {**{factor: str(level) for factor, level in levels.items()}, "arm": str(arm)}


def _title(whose: object, more: str) -> str:
    return "\n".join(filter(None, [str(whose), more]))


def _lettered(of: Mapping[str, str], title: str, rows: pd.DataFrame) -> AttentionMap:
    source = [str(name) for name in rows.groupby("source_position")["source"].first()]
    predicted = rows.groupby("target_position")["predicted"].first()
    return AttentionMap(
        {**of, "source": " ".join(source)},
        title,
        rows.pivot(index="target_position", columns="source_position", values="weight").sort_index(),
        sum(len(_TOKEN.findall(name)) for name in source),
        source,
        [f"{letter} {place}" for place, letter in predicted.items()],
    )


def _mean(levels: Mapping[str, Any], arm: object, rows: pd.DataFrame) -> AttentionMap:
    means = rows.groupby(["target_position", "source_position"])["weight"].mean().unstack()
    letters = len(means) - 1  # the last step writes the end
    held = held_positions(letters, means.shape[1])
    share = float(np.mean([means.loc[step, place] for step, place in enumerate(held, start=1)])) if held else np.nan
    share_of = f"{share:.2f} on the anti-diagonal"
    source, target = ([str(place) for place in axis] for axis in (means.columns, means.index))
    title = _title(arm, ": ".join(filter(None, [label(levels), share_of])))
    return AttentionMap(_named(levels, arm), title, means, letters, source, target)


def held_positions(letters: int, positions: int) -> list[int]:
    """For each letter of an inversion, the source position, from 1, that holds it; from the last letter to the first.

    Layers that halve the time axis leave fewer positions than letters, each of which covers 1, 2, 4, ... letters.
    """
    covered = 1
    while -(-letters // covered) > positions:
        covered *= 2
    return [(letters - 1 - step) // covered + 1 for step in range(letters)]
