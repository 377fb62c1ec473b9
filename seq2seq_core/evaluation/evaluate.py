"""Evaluates a model on a set of examples: free-running metrics, and the teacher-forced loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from seq2seq_core.config import ConfigError, TaskConfig, TrainConfig
from seq2seq_core.evaluation.metrics import EXTRA_SEQUENCE_METRICS, SequenceMetrics, average, sequence_metrics
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe

WEIGHTS_AT_ONCE = 2**23
"""Attention weights, or logits, that a batch may have in evaluation: 32 MiB in float32. 500 sequences of 129 letters
have fewer."""
LETTERS_AT_A_LENGTH = 200_000
"""The most letters of the sources that `evaluate_lengths` draws at a length."""
LONG, VERY_LONG = 100, 1_000
"""Letters above which a model decodes a tenth of the sources, or none, if no sequence of the length before was
exact."""

Scored = tuple[list[int], SequenceMetrics]
"""A prediction, without EOS, and its metrics"""


class MeasureError(ValueError):
    """What a recipe's `measure` returns is not what its `extra_metrics` declares. The message is one line."""


@dataclass(frozen=True)
class Evaluation:
    """The loss and the metrics of a model on one set."""

    loss: float
    """Teacher-forced, mean over target tokens including EOS, in nats a token."""
    sequences: list[SequenceMetrics]
    """Free-running, one entry a sequence."""
    source_lengths: list[int]
    """The letters of the source of each."""
    extra_metrics: dict[str, float]
    """Column name -> value of the recipe's extra metrics."""


def decoding_limit(task: TaskConfig, length: int) -> int:
    """Steps after which decoding of sources of at most `length` letters stops: twice the longest target, at least one.
    A prediction without EOS is thus longer than its target and counts as an error."""
    return max(1, 2 * task.longest_target_of(length))


def sequences_at_once(source_length: int, target_length: int, vocabulary: int = 0) -> int:
    """B, the number of sequences that are evaluated at once, so that their attention weights (B,T,S) fit in memory, and
    their logits (B,T,V) where those of all steps are kept. `target_length` includes EOS."""
    return max(1, WEIGHTS_AT_ONCE // (max(source_length, vocabulary) * target_length))


@torch.no_grad()
def evaluate(model: Seq2Seq, examples: Examples, size: int, recipe: Recipe = PLAIN) -> Evaluation:
    """Evaluates the next `size` examples, or all pairs of a smaller set once, and the recipe's extra metrics on the
    same stream from the same position. Every source is decoded up to the limit of the longest ones. Leaves the model in
    evaluation mode."""
    model.eval()
    size = examples.available(size)
    start = examples.get_state()
    limit = decoding_limit(examples.task, examples.task.max_length)
    loss, tokens = 0.0, 0
    sequences: list[SequenceMetrics] = []
    source_lengths: list[int] = []
    for drawn in examples.batches(size, recipe.evaluation_batch_size):
        at_once = sequences_at_once(drawn.source.size(1), drawn.target.size(1), examples.task.vocabulary)
        for batch in drawn.split(at_once):
            count = int(batch.target_lengths.sum())
            logits = model(batch.source, batch.source_lengths, batch.target, target_lengths=batch.target_lengths)
            loss += cross_entropy(logits, batch.target).item() * count
            tokens += count
            sequences += batch_metrics(model, batch, examples.task, limit)
            source_lengths += batch.source_lengths.tolist()
    examples.set_state(start)
    means = average(sequences)
    of_sequences = {name: getattr(means, name) for name in EXTRA_SEQUENCE_METRICS if name in recipe.extra_metrics}
    return Evaluation(
        loss / tokens,
        sequences,
        source_lengths,
        {**of_sequences, **_measured(recipe, model, examples, size, finite=math.isfinite(loss))},
    )


def _measured(recipe: Recipe, model: Seq2Seq, examples: Examples, size: int, *, finite: bool) -> dict[str, float]:
    """What `measure` returns, as plain numbers, which JSON can hold. MeasureError for other names than those that the
    recipe declares, or for a value that is no number; so a run fails in its first epoch, with the reason. The tables
    hold finite numbers; those of a model whose loss is not `finite` are in none."""
    names = {name for name in recipe.extra_metrics if name not in EXTRA_SEQUENCE_METRICS}
    found: object = recipe.measure(model, examples, size)
    if not isinstance(found, dict) or found.keys() != names:
        returned = sorted(map(str, found)) if isinstance(found, dict) else repr(found)
        raise MeasureError(
            f"recipe {recipe.name!r}: measure returns {returned}; expected {sorted(names)}, as extra_metrics declares"
        )
    numbers = {}
    for name, value in found.items():
        try:
            if isinstance(value, str):
                raise TypeError
            numbers[name] = float(value)
        except (TypeError, ValueError, RuntimeError) as error:
            raise MeasureError(f"recipe {recipe.name!r}: {name} is {value!r}; expected a number") from error
        if finite and not math.isfinite(numbers[name]):
            raise MeasureError(f"recipe {recipe.name!r}: {name} is {numbers[name]}; expected a finite number")
    return numbers


def check_test_lengths(task: TaskConfig, training: TrainConfig) -> None:
    """Raises ConfigError for chosen test lengths of pairs."""
    if training.test_lengths and task.definition.from_files:
        raise ConfigError(
            f"TrainConfig.test_lengths: {[*training.test_lengths]} is refused; expected none, since pairs have the "
            "lengths of their data"
        )


def sequences_at(length: int, recipe: Recipe, *, exact: bool) -> int:
    """How many sources of a length `evaluate_lengths` decodes. `exact`: whether one of the length before was exact."""
    size = min(recipe.sequences_at_a_length, LETTERS_AT_A_LENGTH // length)
    if exact or length <= LONG:
        return size
    return -(-size // 10) if length <= VERY_LONG else 0


@torch.no_grad()
def evaluate_lengths(
    model: Seq2Seq, examples: Callable[[str], Examples], lengths: Sequence[int], recipe: Recipe = PLAIN
) -> list[tuple[int, SequenceMetrics]]:
    """The free-running metrics on sources of each of these lengths, each with its length. Leaves the model in
    evaluation mode.

    `examples`: the name of a stream -> its examples; each length has a stream and a decoding limit of its own. The
    letters of the sources of a length are limited, so memory does not grow with the length. If no sequence of the
    length before was exact, a tenth of the sources of more than `LONG` letters is decoded, and none of more than
    `VERY_LONG`: such a model rarely ends, so each source takes twice its length in steps.
    """
    model.eval()
    sequences: list[tuple[int, SequenceMetrics]] = []
    exact = True
    for length in lengths:
        size = sequences_at(length, recipe, exact=exact)
        if not size:
            continue
        drawn = examples(f"test at {length}")
        found: list[SequenceMetrics] = []
        for batch in drawn.draw_lengths(torch.full((size,), length)).split(recipe.evaluation_batch_size):
            found += batch_metrics(model, batch, drawn.task, decoding_limit(drawn.task, length))
        exact = any(one.exact_match for one in found)
        sequences += [(length, one) for one in found]
    return sequences


def batch_metrics(model: Seq2Seq, batch: Batch, task: TaskConfig, limit: int) -> list[SequenceMetrics]:
    """The free-running metrics of each sequence of a batch. Decoding stops after `limit` steps."""
    return [metrics for _, metrics in scored_predictions(model, batch, task, limit)]


def scored_predictions(model: Seq2Seq, batch: Batch, task: TaskConfig, limit: int) -> list[Scored]:
    """The prediction for each source of a batch. Decoding stops after `limit` steps."""
    # An unknown unit counts as an error, also if the model writes the unknown token.
    unknown, unmatched = task.unknown, task.vocabulary
    predictions = model.greedy(batch.source, batch.source_lengths, limit, keep_weights=False).predictions
    targets, lengths = batch.target.tolist(), (batch.target_lengths - 1).tolist()  # without EOS
    scored = []
    for prediction, target, length in zip(predictions, targets, lengths, strict=True):
        compared = [unmatched if token == unknown else token for token in target[:length]]
        scored.append((prediction, sequence_metrics(prediction, compared)))
    return scored
