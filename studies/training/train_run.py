"""Trains a run and turns its result into rows, or into the reason why it has no metrics.

Rows are plain JSON, because they are sent through the storage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from seq2seq_core.evaluation.alignment import Alignment
from seq2seq_core.evaluation.metrics import EXTRA_SEQUENCE_METRICS
from seq2seq_core.recipe import Recipe
from seq2seq_core.training import EpochMetrics, Result, Tracker, train
from studies.planning.run import Run
from studies.planning.run_rows import Rows, rows_without_metrics

THRESHOLD = 0.99
"""The Levenshtein accuracy of `steps_to_99`."""


class Pruned(Exception):
    """Raised by `on_epoch` to end a tuning run early."""


def train_to_rows(
    run: Run,
    on_epoch: Callable[[EpochMetrics], None],
    *,
    checkpoint: bytes | None = None,
    on_checkpoint: Callable[[bytes], None] | None = None,
    trackers: Sequence[Tracker] = (),
) -> Rows:
    """Trains a run, from its checkpoint if there is one, and calls `on_epoch` after each epoch.

    CheckpointError if the checkpoint is damaged or belongs to another run.
    """
    points: list[EpochMetrics] = []
    recipe = run.setup.build_recipe()

    def record(point: EpochMetrics) -> None:
        points.append(point)
        on_epoch(point)

    try:
        result = train(
            run.setup.model,
            run.setup.task,
            run.setup.training,
            run.seed,
            run.variant.device,
            record,
            checkpoint=checkpoint,
            on_checkpoint=on_checkpoint,
            trackers=trackers,
            recipe=recipe,
        )
    except Pruned:
        rows = rows_without_metrics("pruned", f"pruned after epoch {len(points)}")
        rows["runs"][0]["steps"] = points[-1].step
        return {**rows, "convergence": _curve(points)}
    return {
        "runs": [
            {
                "status": result.status,
                "reason": "" if result.test else f"the loss was no longer finite in epoch {len(result.epochs)}",
                "steps": result.steps,
                "seconds": result.seconds,
                "parameters": result.parameters,
                "levenshtein_accuracy": result.test.levenshtein_accuracy if result.test else None,
                "exact_match": result.test.exact_match if result.test else None,
                "steps_to_99": steps_to(THRESHOLD, points),
                "anti_diagonal": result.mean_alignment.expected_share if result.mean_alignment else None,
                **result.extra_metrics,
            }
        ],
        "convergence": _curve(points),
        "by_length": by_length_rows(result, recipe),
        # Those of a tuning run would be in no table, and take a megabyte of the storage at 80 letters.
        "alignments": [] if run.trial or result.alignment is None else alignment_rows(result.alignment),
        "mean_alignments": [] if run.trial else _mean_alignment_rows(result),
    }


def by_length_rows(result: Result, recipe: Recipe) -> list[dict[str, Any]]:
    """A row for each length, with those of `EXTRA_SEQUENCE_METRICS` that the recipe has."""
    extra = [name for name in EXTRA_SEQUENCE_METRICS if name in recipe.extra_metrics]
    names = ("n", "levenshtein_accuracy", "exact_match", *extra)
    return [
        {"length": length, **{name: getattr(accuracy, name) for name in names}}
        for length, accuracy in result.by_length.items()
    ]


def steps_to(threshold: float, points: list[EpochMetrics]) -> int | None:
    """The first evaluated step at which the Levenshtein accuracy reaches the threshold, also if the run diverges later;
    None if it does not (censored)."""
    reached = (point.step for point in points if point.finite and point.levenshtein_accuracy >= threshold)
    return next(reached, None)


def _curve(points: list[EpochMetrics]) -> list[dict[str, Any]]:
    """Without the epoch in which a run diverges, which has no metrics."""
    return [epoch_row(point) for point in points if point.finite]


def epoch_row(point: EpochMetrics) -> dict[str, Any]:
    """A row of convergence.csv; the extra metrics of the recipe are columns too."""
    row = asdict(point)
    extra = row.pop("extra_metrics")
    return {**row, **extra}


def alignment_rows(alignment: Alignment) -> list[dict[str, str | int | float]]:
    """A row for each weight, with the columns that alignments.csv and examples.csv share."""
    return [
        {
            "target_position": target,
            "predicted": predicted,
            "source_position": source,
            "source": letter,
            "weight": weight,
        }
        for target, (predicted, weights) in enumerate(
            zip(alignment.prediction, alignment.weights, strict=True), start=1
        )
        for source, (letter, weight) in enumerate(zip(alignment.source, weights, strict=True), start=1)
    ]


def _mean_alignment_rows(result: Result) -> list[dict[str, int | float]]:
    mean = result.mean_alignment
    if mean is None:
        return []
    return [
        {"target_position": target, "source_position": source, "n": mean.n, "weight": weight}
        for target, weights in enumerate(mean.weights, start=1)
        for source, weight in enumerate(weights, start=1)
    ]
