"""What a training tells: the figures after each epoch, and what the whole of it came to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seq2seq_core.evaluation.alignment import Alignment, MeanAlignment
from seq2seq_core.evaluation.metrics import Accuracy


@dataclass(frozen=True)
class Point:
    """The figures after one epoch; accuracies are free-running, losses in nats a token."""

    step: int
    epoch: int
    """Completed epochs, from 1"""
    train_loss: float
    """The mean over the epoch's steps, of a decoder that is fed what it is trained with"""
    eval_loss: float
    """Teacher-forced"""
    levenshtein_accuracy: float
    exact_match: float
    measures: dict[str, float] = field(default_factory=dict)
    """The recipe's own figures on the evaluation set, by column name"""

    @property
    def finite(self) -> bool:
        """False of the epoch in which a training diverged, its last; its accuracies mean nothing."""
        return math.isfinite(self.train_loss) and math.isfinite(self.eval_loss)


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    status: str
    """done, or diverged: the loss was no longer finite"""
    points: list[Point]
    steps: int
    seconds: float
    """Wall time of training and scoring; no measure of speed, which needs an interleaved baseline"""
    parameters: int
    test: Accuracy | None
    """Free-running, on sequences used for nothing else; None if diverged"""
    by_length: dict[int, Accuracy]
    """The same, for each length of the target"""
    measures: dict[str, float]
    """The recipe's own figures on the test set, by column name; none if diverged"""
    alignment: Alignment | None
    """One example's attention weights; None without attention, if diverged, or of sources too long to record"""
    mean_alignment: MeanAlignment | None
    """Those of many examples, of which that is the first; None without attention, or if diverged"""
