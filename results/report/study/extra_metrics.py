"""What a report says of the metrics that a study measures beside those of every study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.extra_metrics import Measured
from results.analysis.factor_levels import by_place
from results.page.elements import Table


def measure_sentences(found: Sequence[Measured], settings: Mapping[str, Any]) -> list[str]:
    """Of the baseline, and of what somebody published, how far the measure is from the Levenshtein accuracy."""
    named = {settings["baseline"], *(point["arm"] for point in settings.get("published", []))}
    sentences = []
    for place, measured in by_place(found):
        said = ", ".join(f"{one.arm} {formatting.signed(one.beyond)}" for one in measured if one.arm in named)
        opening = f"At {place}, on" if place else "On"
        sentences.append(f"{opening} the same runs, {measured[0].measure} less Levenshtein accuracy: {said}.")
    return sentences


def measure_tables(found: Sequence[Measured]) -> list[Table]:
    if not found:
        return []
    return [
        Table(
            title="The study's own measures",
            note="Means over seeds on the test set, and the measure less the Levenshtein accuracy of the same runs.",
            header=[*found[0].levels, "arm", "measure", "mean", "less Levenshtein accuracy", "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.arm,
                    one.measure,
                    formatting.accuracy(one.mean),
                    formatting.signed(one.beyond),
                    str(one.mean.n),
                ]
                for one in found
            ],
            source="runs.csv",
        )
    ]
