"""Scoring a model on examples that it was not trained on: free-running first, teacher-forced beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from seq2seq_core.evaluation.metrics import SequenceScore, score_sequence
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.tasks.reverse import Examples

WEIGHTS_AT_ONCE = 2**23
"""Attention weights that a scored batch may have, 32 MiB; 500 sequences of up to 129 letters have fewer."""


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model on one set."""

    loss: float
    """Teacher-forced, in nats a token"""
    scores: list[SequenceScore]
    """Free-running, one a sequence"""
    measures: dict[str, float]
    """The recipe's own, by column name"""


def decoding_limit(longest: int) -> int:
    """Steps after which decoding is given up: twice the longest source, so that a run-on counts as an error."""
    return 2 * longest


def sequences_at_once(longest: int) -> int:
    """How many sequences of up to so many letters are scored at once: their weights (B,T,S) grow with the square."""
    return max(1, WEIGHTS_AT_ONCE // (longest * (longest + 1)))


@torch.no_grad()
def evaluate(model: Seq2Seq, examples: Examples, size: int, recipe: Recipe = PLAIN) -> Evaluation:
    """The figures over the next `size` examples, those of the recipe over the same ones; the model is left in eval
    mode."""
    model.eval()
    start = examples.get_state()
    limit = decoding_limit(examples.task.max_length)
    loss, tokens = 0.0, 0
    scores: list[SequenceScore] = []
    for done in range(0, size, recipe.chunk):
        batch = examples.draw(min(recipe.chunk, size - done))
        for part in batch.split(sequences_at_once(batch.source.size(1))):
            count = int(part.target_lengths.sum())
            logits = model(part.source, part.source_lengths, part.target, target_lengths=part.target_lengths)
            loss += cross_entropy(logits, part.target).item() * count
            tokens += count
            predictions = model.greedy(part.source, part.source_lengths, limit, keep_weights=False).predictions
            targets = part.target.tolist()
            lengths = part.source_lengths.tolist()  # an answer is as long as its source
            scores += [
                score_sequence(prediction, target[:length])
                for prediction, target, length in zip(predictions, targets, lengths, strict=True)
            ]
    examples.set_state(start)
    return Evaluation(loss / tokens, scores, recipe.measure(model, examples, size))
