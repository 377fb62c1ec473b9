"""Attention weights as matrices: one example of each arm, means, and chosen examples; and the expected alignment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.study.factor_levels import label, split_levels
from results.analysis.study.own_data import unit_of

MAX_MAPS = 15
"""The most maps in a figure of a study's arms."""
_TOKEN = re.compile(r"x\d+|.")
"""A letter's name: a to z, then x26, x27, and so on."""


@dataclass(frozen=True)
class ExpectedAlignment:
    """The source positions that the task expects attention on, which heat maps mark."""

    positions: list[int]
    """For each target position that writes a letter, the source position, both from 1. Empty for a task without an
    expected alignment."""
    name: str
    """The shape of the alignment, for a sentence after "the": anti-diagonal, diagonal or expected alignment."""


def expected_alignment(
    settings: Mapping[str, Any], key: Mapping[str, Any], *, letters: int, positions: int
) -> ExpectedAlignment:
    """The alignment that the provenance's `settings` record for `key`, in a map with so many source positions.

    `key` holds names and values of an entry of `expected_alignments`. Settings without that record are of the task
    "reverse", whose sources have `letters` letters. Layers that halve the time axis leave fewer positions than letters;
    each position then covers 1, 2, 4, ... letters.
    """
    expected = list(range(letters))[::-1]
    if "expected_alignments" in settings:
        entries = [one for one in settings["expected_alignments"] if all(one.get(name) == key[name] for name in key)]
        expected, letters = (entries[0]["positions"] or [], entries[0]["length"]) if entries else ([], letters)
    covered = 1
    while -(-letters // covered) > positions:
        covered *= 2
    names = {"anti-diagonal": list(range(letters))[::-1], "diagonal": list(range(letters))}
    name = next((name for name in names if names[name] == expected), "expected alignment")
    return ExpectedAlignment([position // covered + 1 for position in expected], name)


def expected_in_means(
    settings: Mapping[str, Any], levels: Mapping[str, Any], *, steps: int, positions: int
) -> ExpectedAlignment:
    """That of a mean over examples of so many steps, of which the last writes EOS."""
    return expected_alignment(settings, task_key(settings, levels), letters=steps - 1, positions=positions)


def task_key(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> dict[str, Any]:
    """The key of a study's runs at a combination of levels: their task, and the length of the sources in their maps."""
    task = settings.get("task", {})
    return {
        "task": levels.get("task", task.get("task")),
        "length": levels.get("max_length", task.get("max_length")),
    }


def common_name(alignments: Iterable[ExpectedAlignment]) -> str | None:
    """The name that the alignments share, or "expected alignment" for several names; None if no task has one."""
    names = {alignment.name for alignment in alignments if alignment.positions}
    return names.pop() if len(names) == 1 else "expected alignment" if names else None


@dataclass(frozen=True)
class AttentionMap:
    """One matrix of weights with its labels."""

    labels: Mapping[str, str]
    """Column name -> value: the levels, the arm or model, the example, the source."""
    title: str
    weights: pd.DataFrame
    """(target positions, source positions), both from 1."""
    expected: ExpectedAlignment
    source: list[str]
    target: list[str]
    """The label of each source and target position."""
    unit: str = "letter"
    """What a position holds: a letter, or a character or token of the user's own pairs."""


def example_maps(alignments: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """The example of the lowest seed, for each arm and combination of levels. `settings` are the study's."""
    return [
        _example_map(
            _arm_labels(levels, arm),
            map_title(arm, label(levels)),
            rows[rows["seed"] == rows["seed"].min()],
            settings,
            task_key(settings, levels),
        )
        for levels, group in split_levels(alignments)
        for arm, rows in group.groupby("arm", sort=False)
    ]


def chosen_maps(examples: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """A map for each model and chosen example, grouped by model. `settings` are those of the part `examples`.

    Models with equal names have their run's id after the name.
    """
    tables = dict(list(examples.groupby(["run_id", "example"])))
    models = examples.drop_duplicates("run_id").set_index("run_id")["model"]
    shared = set(models[models.duplicated()])
    names = {run_id: f"{model} ({run_id})" if model in shared else model for run_id, model in models.items()}
    return [
        _example_map(
            {"model": name, "example": example},
            map_title(name, example),
            tables[run_id, example],
            settings,
            {"run_id": run_id, "example": example},
        )
        for run_id, name in names.items()
        for example in examples["example"].unique()
        if (run_id, example) in tables
    ]


def mean_maps(mean_alignments: pd.DataFrame, settings: Mapping[str, Any]) -> list[AttentionMap]:
    """The mean over examples and seeds, for each arm and combination of levels. `settings` are the study's.

    The title gives the fraction of the weight on the expected alignment, over the steps that write a letter.
    """
    return [
        _mean_map(levels, arm, rows, settings)
        for levels, group in split_levels(mean_alignments)
        for arm, rows in group.groupby("arm", sort=False)
    ]


def selected_maps(
    maps: Sequence[AttentionMap], comparisons: Iterable[Sequence[tuple[str, str]]]
) -> Sequence[AttentionMap]:
    """The maps to draw: all, or those of the last levels and of the arms of the first comparisons if they are many.

    `comparisons` are pairs of arms. At most `MAX_MAPS` maps.
    """
    if len(maps) <= MAX_MAPS:
        return maps
    at_last = {one.labels["arm"]: one for one in maps if _levels(one) == _levels(maps[-1])}
    compared: dict[str, AttentionMap] = {}
    for pairs in comparisons:
        more = {arm: at_last[arm] for pair in pairs for arm in pair if arm in at_last}
        if len(at_last) <= MAX_MAPS or len(compared | more) > MAX_MAPS:
            break
        compared |= more
    return [*(compared or at_last).values()][:MAX_MAPS]


def selection_caption(maps: Sequence[AttentionMap], drawn: Sequence[AttentionMap]) -> str:
    """A sentence of a caption on the maps that are not drawn; empty if all are."""
    at = f", those at {label(_levels(drawn[0]))}" if _levels(drawn[0]) != _levels(maps[0]) else ""
    return (
        f" {len(drawn)} of {len(maps)} maps are drawn{at}; the named table has all." if len(drawn) < len(maps) else ""
    )


def _levels(drawn: AttentionMap) -> dict[str, str]:
    return {name: value for name, value in drawn.labels.items() if name not in ("arm", "source")}


def map_header(maps: Sequence[AttentionMap]) -> list[str]:
    """The header of `map_rows`."""
    return [*maps[0].labels, "target", *(f"source {position}" for position in range(1, _most_positions(maps) + 1))]


def map_rows(maps: Sequence[AttentionMap]) -> list[list[str]]:
    """The weights as text: a row for each target position, a cell for each source position."""
    most = _most_positions(maps)
    return [
        [*one.labels.values(), target, *(f"{weight:.2f}" for weight in weights), *[""] * (most - len(weights))]
        for one in maps
        for target, weights in zip(one.target, one.weights.to_numpy(), strict=True)
    ]


def alignment_caption(maps: Sequence[AttentionMap]) -> str:
    """A sentence of a caption on the squares in heat maps of these; empty without an expected alignment."""
    name = common_name(one.expected for one in maps)
    return f" Squares mark the {name}: the position of the letter that is to be written." if name else ""


def unit_name(maps: Sequence[AttentionMap]) -> str:
    """What the positions of these maps hold; "letter" for maps of several kinds."""
    units = {one.unit for one in maps}
    return units.pop() if len(units) == 1 else "letter"


def _most_positions(maps: Sequence[AttentionMap]) -> int:
    return max(len(one.source) for one in maps)


def _arm_labels(levels: Mapping[str, Any], arm: object) -> dict[str, str]:
    return {**{factor: str(level) for factor, level in levels.items()}, "arm": str(arm)}


def map_title(*lines: object) -> str:
    return "\n".join(str(line) for line in lines if line)


def _example_map(
    labels: Mapping[str, str], title: str, rows: pd.DataFrame, settings: Mapping[str, Any], key: Mapping[str, Any]
) -> AttentionMap:
    source = [str(name) for name in rows.groupby("source_position")["source"].first()]
    predicted = rows.groupby("target_position")["predicted"].first()
    return AttentionMap(
        {**labels, "source": " ".join(source)},
        title,
        rows.pivot(index="target_position", columns="source_position", values="weight").sort_index(),
        expected_alignment(
            settings, key, letters=sum(len(_TOKEN.findall(name)) for name in source), positions=len(source)
        ),
        source,
        [f"{letter} {position}" for position, letter in predicted.items()],
        unit_of(settings),
    )


def _mean_map(levels: Mapping[str, Any], arm: object, rows: pd.DataFrame, settings: Mapping[str, Any]) -> AttentionMap:
    means = rows.groupby(["target_position", "source_position"])["weight"].mean().unstack()
    expected = expected_in_means(settings, levels, steps=len(means), positions=means.shape[1])
    on_expected = ""
    if expected.positions:
        fraction = float(
            np.mean([means.loc[step, position] for step, position in enumerate(expected.positions, start=1)])
        )
        on_expected = f"{fraction:.2f} on the {expected.name}"
    source, target = ([str(position) for position in axis] for axis in (means.columns, means.index))
    title = map_title(arm, label(levels), on_expected)
    return AttentionMap(_arm_labels(levels, arm), title, means, expected, source, target)
