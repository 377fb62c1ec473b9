"""The metrics of a trained model on given pairs of source and target, or on its test set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from seq2seq_core.config import ConfigError
from seq2seq_core.evaluation.evaluate import Scored, decoding_limit, scored_predictions, sequences_at_once
from seq2seq_core.evaluation.metrics import SequenceMetrics, average, sequence_metrics
from seq2seq_core.evaluation.predict import Source, predict
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


def evaluate(model: TrainedModel, pairs: Iterable[Pair] | int) -> PairEvaluation:
    """Decodes each source free-running and compares the prediction with the target.

    Each source of given pairs is decoded alone, as by `predict`: up to twice the longest target that a source of its
    length can have. A letter of a target that is outside the alphabet counts as an error.

    A number in place of pairs stands for as many examples of the test set, which are drawn and decoded as in the
    training: the first ones of those that it tested, and for a greater number further ones after them; of the task
    `pairs`, at most those of its test set. Letters are drawn on the device of the model, so a model that is loaded on
    another kind of device than that of its training has other examples.

    Raises ConfigError, in one line, if there is no pair, if an entry is no pair, and where `predict` does.
    """
    if isinstance(pairs, int) and pairs > 0:
        scored = _of_test_set(model, pairs)
    elif isinstance(pairs, Iterable):
        scored = _of_pairs(model, [*pairs])
    else:
        raise ConfigError(f"pairs: {pairs!r} is refused; expected a positive integer, or pairs of source and target")
    sequences = [metrics for _, metrics in scored]
    means = average(sequences)
    return PairEvaluation(
        n=means.n,
        levenshtein_accuracy=means.levenshtein_accuracy,
        exact_match=means.exact_match,
        predictions=[model.task.decode(prediction) for prediction, _ in scored],
        sequences=sequences,
    )


def _of_pairs(model: TrainedModel, pairs: Sequence[Pair]) -> list[Scored]:
    if not pairs:
        raise ConfigError("pairs: none is given; expected at least one pair of source and target")
    targets = []
    for position, pair in enumerate(pairs, start=1):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ConfigError(f"pair {position}: {pair!r} is refused; expected a source and a target")
        try:
            model.task.encode(pair[0])  # `predict` encodes it again, but its errors have no number of the pair
            targets.append(model.task.scored(pair[1]))
        except ConfigError as error:
            raise ConfigError(f"pair {position}: {error}") from error
    predicted = predict(model.network, model.task, [source for source, _ in pairs], model.device)
    return [
        (prediction, sequence_metrics(prediction, target))
        for prediction, target in zip(predicted, targets, strict=True)
    ]


def _of_test_set(model: TrainedModel, size: int) -> list[Scored]:
    examples = model.recipe.examples(model.task, model.training, model.seed, "test", model.device)
    size, tested = examples.available(size), examples.available(model.training.test_size)
    limit = decoding_limit(examples.task, examples.task.max_length)
    at_once = model.recipe.evaluation_batch_size
    model.network.eval()
    scored: list[Scored] = []
    # Batches of other sizes have other examples, so those of the training come first, the last of them cut.
    for drawn in chain(examples.batches(tested, at_once), examples.batches(size - tested, at_once)):
        first = next(drawn.split(size - len(scored)))
        for batch in first.split(sequences_at_once(first.source.size(1), first.target.size(1), model.task.vocabulary)):
            scored += scored_predictions(model.network, batch, examples.task, limit)
        if len(scored) == size:
            break
    return scored
