"""Scoring a model on examples that it was not trained on: free-running first, teacher-forced beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from seq2seq_core.config import TaskConfig
from seq2seq_core.metrics import SequenceScore, score_sequence
from seq2seq_core.seq2seq import Seq2Seq, sequence_loss
from seq2seq_core.tasks import Examples, token_name

CHUNK = 500
"""Sequences decoded at once, so that memory does not grow with the size of a set"""


@dataclass(frozen=True)
class Alignment:
    """One example's attention, decoded freely."""

    source: list[str]
    """S tokens"""
    prediction: list[str]
    """T tokens, </s> among them if it came"""
    weights: list[list[float]]
    """T rows of S attention weights"""


def decoding_limit(task: TaskConfig) -> int:
    """Steps after which decoding is given up: twice the longest source, so that a run-on counts as an error."""
    return 2 * task.max_length


@torch.no_grad()
def evaluate(
    model: Seq2Seq, task: TaskConfig, seed: int, stream: str, size: int, device: torch.device
) -> tuple[float, list[SequenceScore]]:
    """The teacher-forced loss in nats a token, and the free-running figures of each of `size` examples of a stream."""
    model.eval()
    examples = Examples(task, seed, stream, device)
    loss, tokens = 0.0, 0
    scores: list[SequenceScore] = []
    for start in range(0, size, CHUNK):
        batch = examples.draw(min(CHUNK, size - start))
        count = int(batch.target_lengths.sum())
        logits = model(batch.source, batch.source_lengths, batch.target)
        loss += sequence_loss(logits, batch.target).item() * count
        tokens += count
        decoded = model.greedy(batch.source, batch.source_lengths, decoding_limit(task))
        targets = batch.target.tolist()
        lengths = batch.source_lengths.tolist()  # an answer is as long as its source
        scores += [
            score_sequence(prediction, target[:length])
            for prediction, target, length in zip(decoded.predictions, targets, lengths, strict=True)
        ]
    return loss / tokens, scores


def example_alignment(model: Seq2Seq, task: TaskConfig, seed: int, device: torch.device) -> Alignment | None:
    """The attention weights of one example of the longest length; None if the model has no attention."""
    model.eval()
    batch = Examples(task, seed, "alignment", device).draw_lengths(torch.tensor([task.max_length]))
    decoded = model.greedy(batch.source, batch.source_lengths, decoding_limit(task))
    if decoded.weights is None:
        return None
    weights: list[list[float]] = decoded.weights[0].tolist()
    prediction = [token_name(token) for token in decoded.predictions[0]]
    if len(prediction) < len(weights):
        prediction.append("</s>")
    return Alignment([token_name(token) for token in batch.source[0].tolist()], prediction, weights)
