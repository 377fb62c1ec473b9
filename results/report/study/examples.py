"""What a report shows of examples that somebody chose: where each model with attention looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results import figures
from results.analysis.attention_maps import chosen_maps, map_header, map_rows, marks
from results.page.elements import Picture, Section


def examples_section(examples: pd.DataFrame, settings: Mapping[str, Any]) -> Section:
    """`settings` are those of the provenance's part `examples`."""
    maps = chosen_maps(examples, settings)
    models = dict.fromkeys(one.of["model"] for one in maps)
    return Section(
        title="Chosen examples",
        paragraphs=["Each model is the one that an arm's first seed ended with; it reads its own predictions."],
        pictures=[
            Picture(
                name="examples",
                title="Where the models look",
                caption="Attention weights, a row for each letter that is written, a column for each position that is "
                f"read.{marks(maps)}",
                alt="Heat maps of attention weights over the letters of "
                f"{', '.join(examples['example'].unique())} for {', '.join(models)}.",
                source="examples.csv",
                figure=figures.examples(maps),
                header=map_header(maps),
                rows=map_rows(maps),
            )
        ],
    )
