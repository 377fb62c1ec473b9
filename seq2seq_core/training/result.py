"""What a training returns: the metrics after each epoch, and those of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seq2seq_core.evaluation.alignment import Alignment, MeanAlignment
from seq2seq_core.evaluation.metrics import Accuracy
from seq2seq_core.training.trained_model import TrainedModel


@dataclass(frozen=True)
class EpochMetrics:
    """The metrics after one epoch, on the evaluation set. Accuracies are free-running."""

    step: int
    """Training steps so far"""
    epoch: int
    """Completed epochs, from 1"""
    train_loss: float
    """The configured loss, the mean over the epoch's steps, of the decoder as it is trained (teacher-forced, or
    scheduled sampling)"""
    eval_loss: float
    """Nats a token, teacher-forced"""
    levenshtein_accuracy: float
    exact_match: float
    extra_metrics: dict[str, float] = field(default_factory=dict)
    """Column name -> value of the recipe's extra metrics"""

    @property
    def finite(self) -> bool:
        """False for the epoch in which a training diverges, which is its last; its accuracies have no meaning."""
        return math.isfinite(self.train_loss) and math.isfinite(self.eval_loss)

    @property
    def by_name(self) -> dict[str, float]:
        """The losses and the accuracies; the epoch in which a training diverges has losses only, as in the tables."""
        losses = {"train_loss": self.train_loss, "eval_loss": self.eval_loss}
        accuracies = {"levenshtein_accuracy": self.levenshtein_accuracy, "exact_match": self.exact_match}
        return losses | accuracies if self.finite else losses


@dataclass(frozen=True)
class Result:
    """The outcome of a run. Everything from `test` on is None or empty if the run diverged."""

    status: str
    """done, or diverged if a loss was no longer finite"""
    epochs: list[EpochMetrics]
    steps: int
    seconds: float
    """Wall time of training and evaluation. Not a benchmark: nothing runs interleaved with it"""
    parameters: int
    test: Accuracy | None = None
    """Free-running, on the test set, whose sequences are used for nothing else; with pairs, one of them is also the
    example of `alignment`"""
    by_length: dict[int, Accuracy] = field(default_factory=dict)
    """The same for each length of the source, with the sequences of `TrainConfig.test_lengths`"""
    extra_metrics: dict[str, float] = field(default_factory=dict)
    """Column name -> value of the recipe's extra metrics on the test set"""
    alignment: Alignment | None = None
    """One example's attention weights; None without attention, or if the sources are too long to record them"""
    mean_alignment: MeanAlignment | None = None
    """The mean over many examples, of which `alignment` is the first; None without attention, and with pairs"""
    model: TrainedModel | None = field(default=None, compare=False, repr=False)
    """The trained model, on the device of the training"""
