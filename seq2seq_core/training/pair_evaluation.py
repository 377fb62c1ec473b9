"""The metrics of a trained model on given pairs of source and target, or on new examples of its task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seq2seq_core.config import ConfigError
from seq2seq_core.evaluation.metrics import SequenceMetrics, average, sequence_metrics
from seq2seq_core.evaluation.predict import Source, predict
from seq2seq_core.tokens import EOS, PAD
from seq2seq_core.training.trained_model import TrainedModel

Pair = tuple[Source, Source]
"""A source and its target; the target may be empty"""


@dataclass(frozen=True)
class PairEvaluation:
    """The metrics over `n` pairs, which it is printed with, and those of each pair."""

    n: int
    levenshtein_accuracy: float
    """The mean over pairs of 1 - distance / max(len(prediction), len(target)); 1 if both are empty."""
    exact_match: float
    """The fraction of pairs whose prediction is the target."""
    predictions: list[str] = field(repr=False)
    sequences: list[SequenceMetrics] = field(repr=False)
    """One entry a pair, in the order of the pairs."""


def evaluate(model: TrainedModel, pairs: Sequence[Pair] | int) -> PairEvaluation:
    """Decodes each source free-running and compares the prediction with the target.

    A number in place of pairs stands for as many examples of the test set, which are drawn as in the training; of the
    task `pairs`, for at most those that its test set has. A letter of a target that is outside the alphabet counts as
    an error.

    Raises ConfigError, in one line, if there is no pair, if an entry is no pair, and where `predict` does.
    """
    if isinstance(pairs, int):
        pairs = _test_pairs(model, pairs)
    if not pairs:
        raise ConfigError("pairs: none is given; expected at least one pair of source and target")
    for position, pair in enumerate(pairs, start=1):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ConfigError(f"pair {position}: {pair!r} is refused; expected a source and a target")
    targets = [model.task.scored(target) for _, target in pairs]
    predicted = predict(model.network, model.task, [source for source, _ in pairs], model.device)
    sequences = [sequence_metrics(prediction, target) for prediction, target in zip(predicted, targets, strict=True)]
    means = average(sequences)
    return PairEvaluation(
        n=means.n,
        levenshtein_accuracy=means.levenshtein_accuracy,
        exact_match=means.exact_match,
        predictions=[model.task.decode(prediction) for prediction in predicted],
        sequences=sequences,
    )


def _test_pairs(model: TrainedModel, size: int) -> list[Pair]:
    if size < 1:
        raise ConfigError(f"pairs: {size} is refused; expected a positive number, or pairs of source and target")
    examples = model.recipe.examples(model.task, model.training, model.seed, "test", model.device)
    pairs: list[Pair] = []
    at_once = model.recipe.evaluation_batch_size  # as in the training: other sizes of batches are other examples
    for batch in examples.batches(examples.available(size), at_once):
        sources, targets = (
            [model.task.letters_of(token for token in row if token not in (PAD, EOS)) for row in rows.tolist()]
            for rows in (batch.source, batch.target)
        )
        pairs += zip(sources, targets, strict=True)
    return pairs
