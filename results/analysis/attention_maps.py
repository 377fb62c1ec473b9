"""Where attention looked, as matrices: in one example of each arm, on average, and in examples that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.alignments import ExpectedAlignment, common_name, expected_alignment, task_key
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
    expected: ExpectedAlignment
    source: list[str]
    target: list[str]
    """What is read, and written, at each position."""


def example_maps(alignments: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """One of each arm and combination of levels: the example of its lowest seed. `settings` are the study's."""
    return [
        _lettered(
            _named(levels, arm),
            _title(arm, label(levels)),
            rows[rows["seed"] == rows["seed"].min()],
            settings,
            task_key(settings, levels),
        )
        for levels, at_levels in split_levels(alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]


def chosen_maps(examples: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """One of each model and chosen example, those of a model together; models with the same name have their run's id
    after it. `settings` are those of the part `examples`."""
    found = dict(list(examples.groupby(["run_id", "example"])))
    models = examples.drop_duplicates("run_id").set_index("run_id")["model"]
    shared = set(models[models.duplicated()])
    names = {run_id: f"{model} ({run_id})" if model in shared else model for run_id, model in models.items()}
    return [
        _lettered(
            {"model": name, "example": example},
            _title(name, example),
            found[run_id, example],
            settings,
            {"run_id": run_id, "example": example},
        )
        for run_id, name in names.items()
        for example in examples["example"].unique()
        if (run_id, example) in found
    ]


def mean_maps(mean_alignments: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """One of each arm and combination of levels: the mean over examples and seeds. The title gives the share of the
    weight on the expected alignment, over the steps that write a letter. `settings` are the study's."""
    return [
        _mean(levels, arm, rows, settings)
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


def marks(maps: Sequence[AttentionMap]) -> str:
    """What the squares in heat maps of these mark, as a part of a caption; empty if no task has such an alignment."""
    name = common_name(one.expected for one in maps)
    return f" Squares mark the {name}: the position of the letter that is to be written." if name else ""


def _widest(maps: Sequence[AttentionMap]) -> int:
    return max(len(one.source) for one in maps)


def _named(levels: Mapping[str, Any], arm: object) -> dict[str, str]:
    return {**{factor: str(level) for factor, level in levels.items()}, "arm": str(arm)}


def _title(whose: object, more: str) -> str:
    return "\n".join(filter(None, [str(whose), more]))


def _lettered(
    of: Mapping[str, str], title: str, rows: pd.DataFrame, settings: Mapping[str, Any], key: Mapping[str, Any]
) -> AttentionMap:
    source = [str(name) for name in rows.groupby("source_position")["source"].first()]
    predicted = rows.groupby("target_position")["predicted"].first()
    return AttentionMap(
        {**of, "source": " ".join(source)},
        title,
        rows.pivot(index="target_position", columns="source_position", values="weight").sort_index(),
        expected_alignment(
            settings, key, letters=sum(len(_TOKEN.findall(name)) for name in source), positions=len(source)
        ),
        source,
        [f"{letter} {place}" for place, letter in predicted.items()],
    )


def _mean(levels: Mapping[str, Any], arm: object, rows: pd.DataFrame, settings: Mapping[str, Any]) -> AttentionMap:
    means = rows.groupby(["target_position", "source_position"])["weight"].mean().unstack()
    letters = len(means) - 1  # the last step writes EOS
    expected = expected_alignment(settings, task_key(settings, levels), letters=letters, positions=means.shape[1])
    share_of = ""
    if expected.cells:
        share = float(np.mean([means.loc[step, place] for step, place in enumerate(expected.cells, start=1)]))
        share_of = f"{share:.2f} on the {expected.name}"
    source, target = ([str(place) for place in axis] for axis in (means.columns, means.index))
    title = _title(arm, ": ".join(filter(None, [label(levels), share_of])))
    return AttentionMap(_named(levels, arm), title, means, expected, source, target)
