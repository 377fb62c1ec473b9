"""From a run to its rows: train, score, and say what came of it; of a run that came to nothing, say why.

The rows are plain JSON, so that they travel through the storage from whichever machine made them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from seq2seq_core.training import Point, Result, train
from studies.planner import Run
from studies.queue import Rows

THRESHOLD = 0.99
"""The Levenshtein accuracy that `steps_to_99` waits for."""


def rows_of(run: Run, on_epoch: Callable[[Point], None]) -> Rows:
    """Trains a run, and tells `on_epoch` of each epoch as it ends."""
    result = train(run.model, run.task, run.training, run.seed, run.device, on_epoch)
    # The epoch in which a run diverges has no figures: an accuracy of zero would be read as one.
    points = [point for point in result.points if math.isfinite(point.train_loss) and math.isfinite(point.eval_loss)]
    return {
        "runs": [
            {
                "status": result.status,
                "reason": "" if result.test else f"the loss was no longer finite in epoch {len(result.points)}",
                "steps": result.steps,
                "seconds": result.seconds,
                "parameters": result.parameters,
                "levenshtein_accuracy": result.test.levenshtein_accuracy if result.test else None,
                "exact_match": result.test.exact_match if result.test else None,
                "steps_to_99": steps_to(THRESHOLD, points) if result.test else None,
            }
        ],
        "convergence": [
            {
                "step": point.step,
                "epoch": point.epoch,
                "train_loss": point.train_loss,
                "eval_loss": point.eval_loss,
                "levenshtein_accuracy": point.levenshtein_accuracy,
                "exact_match": point.exact_match,
            }
            for point in points
        ],
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
    }


def failed(reason: str) -> Rows:
    """The rows of a run that came to nothing: its place in runs.csv, the reason in one line, and no figure."""
    figures = ("steps", "seconds", "parameters", "levenshtein_accuracy", "exact_match", "steps_to_99")
    run = {"status": "failed", "reason": " ".join(reason.split()), **dict.fromkeys(figures)}
    return {"runs": [run], "convergence": [], "by_length": [], "alignments": []}


def steps_to(threshold: float, points: list[Point]) -> int | None:
    """The first scored step at which the Levenshtein accuracy reaches the threshold; None if none does (censored)."""
    return next((point.step for point in points if point.levenshtein_accuracy >= threshold), None)


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
