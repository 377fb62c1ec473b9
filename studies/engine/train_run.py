"""From a run to its rows: train, score, and say what came of it; of a run that came to nothing, say why.

The rows are plain JSON, so that they travel through the storage from whichever machine made them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from seq2seq_core.training import EpochMetrics, Result, train
from studies.planning.run import Run
from studies.planning.run_rows import Rows, without_figures
from studies.recipes.registry import recipe_of

THRESHOLD = 0.99
"""The Levenshtein accuracy that `steps_to_99` waits for."""


class Pruned(Exception):
    """Raised from `on_epoch` to end a run that its tuning has no more use for."""


def rows_of(
    run: Run,
    on_epoch: Callable[[EpochMetrics], None],
    *,
    checkpoint: bytes | None = None,
    on_checkpoint: Callable[[bytes], None] | None = None,
) -> Rows:
    """Trains a run, from a checkpoint if there is one, and tells `on_epoch` of each epoch as it ends.

    CheckpointError if the checkpoint is damaged or another run's.
    """
    points: list[EpochMetrics] = []

    def listen(point: EpochMetrics) -> None:
        points.append(point)
        on_epoch(point)

    try:
        result = train(
            run.model,
            run.task,
            run.training,
            run.seed,
            run.device,
            listen,
            checkpoint=checkpoint,
            on_checkpoint=on_checkpoint,
            recipe=recipe_of(run.recipe, run.slips, run.model.score),
        )
    except Pruned:
        rows = without_figures("pruned", f"pruned after epoch {len(points)}")
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
                **result.measures,
            }
        ],
        "convergence": _curve(points),
        "by_length": [
            {
                "length": length,
                "n": accuracy.n,
                "levenshtein_accuracy": accuracy.levenshtein_accuracy,
                "exact_match": accuracy.exact_match,
            }
            for length, accuracy in result.by_length.items()
        ],
        "alignments": _alignment_rows(result),
        "mean_alignments": _mean_alignment_rows(result),
    }


def steps_to(threshold: float, points: list[EpochMetrics]) -> int | None:
    """The first scored step at which the Levenshtein accuracy reaches the threshold, also of a run that diverges later;
    None if none does (censored)."""
    there = (point.step for point in points if point.finite and point.levenshtein_accuracy >= threshold)
    return next(there, None)


def _curve(points: list[EpochMetrics]) -> list[dict[str, Any]]:
    """Without the epoch in which a run diverges: it has no figures, and an accuracy of zero would be read as one."""
    return [row_of(point) for point in points if point.finite]


def row_of(point: EpochMetrics) -> dict[str, Any]:
    """A row of convergence.csv, the recipe's own measures columns like the others."""
    row = asdict(point)
    measures = row.pop("measures")
    return {**row, **measures}


def _alignment_rows(result: Result) -> list[dict[str, str | int | float]]:
    alignment = result.alignment
    if alignment is None:
        return []
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
