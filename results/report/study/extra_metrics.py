"""What a report says of the metrics of a recipe, which only some studies have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.study.factor_levels import group_by_levels
from results.analysis.study.run_metrics import ExtraMetric
from results.page.elements import Table


def extra_metric_sentences(metrics: Sequence[ExtraMetric], settings: Mapping[str, Any]) -> list[str]:
    """Each metric that is a fraction beside the Levenshtein accuracy, for the baseline and the arms with published
    values of it."""
    sentences = []
    for levels, group in group_by_levels(metrics):
        for metric in dict.fromkeys(one.metric for one in group):
            if any(one.mean.estimate > 1 for one in group if one.metric == metric):
                continue  # a perplexity
            published = [point["arm"] for point in settings["published"] if point["metric"] == metric]
            means = [
                f"{one.arm} {one.mean.estimate:.3f} and {one.mean.estimate - one.minus_accuracy.estimate:.3f}"
                for one in group
                if one.metric == metric and one.arm in [settings["baseline"], *published] and one.mean.n
            ]
            opening = f"At {levels}, {metric}" if levels else metric
            sentences += [f"{opening} and the Levenshtein accuracy of the same runs: {'; '.join(means)}."] * bool(means)
    return sentences


def extra_metric_tables(metrics: Sequence[ExtraMetric]) -> list[Table]:
    if not metrics:
        return []
    return [
        Table(
            title="Metrics of this study only",
            note="Means over seeds on the test set, and the metric minus the Levenshtein accuracy of the same runs.",
            header=[*metrics[0].levels, "arm", "metric", "mean", "minus Levenshtein accuracy", "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.arm,
                    one.metric,
                    formatting.fraction(one.mean),
                    formatting.difference(one.minus_accuracy),
                    str(one.mean.n),
                ]
                for one in metrics
            ],
            source="runs.csv",
            folded=True,
        )
    ]
