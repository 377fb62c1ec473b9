"""Tables of attention weights, on the expected alignment and at their maximum; the section on chosen examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results import figures
from results.analysis import formatting
from results.analysis.study.attention_maps import (
    ExpectedAlignment,
    alignment_caption,
    chosen_maps,
    common_name,
    expected_in_means,
    map_header,
    map_rows,
    unit_name,
)
from results.analysis.study.factor_levels import split_levels
from results.page.elements import Figure, Section, Table
from results.report.study.answer.table import MOST_ROWS
from results.statistics import mean_interval


def alignment_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """A table of the arms with attention on tasks with an expected alignment; empty without such arms."""
    if "mean_alignments" not in tables:
        return []
    maps = [
        (levels, str(arm), rows, expected_in_means(settings, levels, steps=steps, positions=positions))
        for levels, group in split_levels(tables["mean_alignments"])
        for arm, rows in group.groupby("arm", sort=False)
        for steps, positions in [rows[["target_position", "source_position"]].max()]
    ]
    name = common_name(expected for *_, expected in maps)
    if name is None:
        return []
    rows = [
        [*map(str, levels.values()), arm, *_where(rows, expected)]
        for levels, arm, rows, expected in maps
        if expected.positions
    ]
    return [
        Table(
            title="Position of the attention",
            note=f"Over the steps that write a letter, in examples of the longest length. {name.capitalize()}: the "
            "weight on the letter that is to be written. Most weight at: the offset from that letter at which the "
            "mean weight is greatest (+ is later in the source, - is earlier), and the weight there.",
            header=[*maps[0][0], "arm", name, "most weight at", "weight there", "n"],
            rows=rows,
            source="mean_alignments.csv",
            folded=len(rows) > MOST_ROWS,
        )
    ]


def weights_by_offset(rows: pd.DataFrame, expected: ExpectedAlignment) -> pd.DataFrame:
    """(seeds, offsets from the expected position) -> the mean weight over the steps that write a letter."""
    letters = len(expected.positions)
    writing = rows[rows["target_position"] <= letters]
    offsets = writing["source_position"] - writing["target_position"].map(dict(enumerate(expected.positions, start=1)))
    summed = writing.groupby([writing["seed"], offsets.rename("offset")])["weight"].sum()
    return summed.unstack().fillna(0.0) / letters


def _where(rows: pd.DataFrame, expected: ExpectedAlignment) -> list[str]:
    by_seed = weights_by_offset(rows, expected)
    most = int(by_seed.columns.to_numpy()[by_seed.mean().to_numpy().argmax()])
    expected_weight, most_weight = (mean_interval(by_seed[offset].tolist()) for offset in (0, most))
    return [
        formatting.fraction(expected_weight),
        f"{most:+d}" if most else "0",
        formatting.fraction(most_weight),
        str(expected_weight.n),
    ]


def examples_section(examples: pd.DataFrame, settings: Mapping[str, Any]) -> Section:
    """`settings` are those of the provenance's part `examples`."""
    maps = chosen_maps(examples, settings)
    models = dict.fromkeys(one.labels["model"] for one in maps)
    unit = unit_name(maps)
    return Section(
        title="Chosen examples",
        paragraphs=["Free-running. A model of a study is the final one of its arm's first seed."],
        figures=[
            Figure(
                name="examples",
                title="Attention of the models",
                caption=f"Attention weights, a row for each predicted {unit}, a column for each source position."
                f"{alignment_caption(maps)}",
                alt=f"Heat maps of attention weights over the {unit}s of {', '.join(examples['example'].unique())} "
                f"for {', '.join(models)}.",
                source="examples.csv",
                drawing=figures.examples(maps),
                header=map_header(maps),
                rows=map_rows(maps),
            )
        ],
    )
