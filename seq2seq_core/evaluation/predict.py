"""Predictions for given sources of any lengths.

Sources of one length are decoded together, without padding. So the prediction of a source does not depend on the
others, for any packing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.config import TaskConfig
from seq2seq_core.evaluation.evaluate import decoding_limit, sequences_at_once
from seq2seq_core.model.seq2seq import Seq2Seq

MOST_AT_ONCE = 500
"""Sources that are decoded together, if they are short."""

Source = str | Sequence[str]
"""A text such as "abcd", or its letters"""


@dataclass(frozen=True)
class SourceBatch:
    """Sources of one length."""

    positions: list[int]
    """B places in the given order."""
    source: Tensor
    """(B,S)"""
    limit: int
    """Steps after which decoding stops."""

    @property
    def lengths(self) -> Tensor:
        """(B,) on the CPU"""
        return torch.full((self.source.size(0),), self.source.size(1))


def batches(task: TaskConfig, sources: Sequence[Source], device: torch.device) -> Iterator[SourceBatch]:
    """The sources in batches whose attention weights fit in memory.

    Raises ConfigError where `TaskConfig.encode` does, before the first batch: for a source that is empty or, unless the
    task has pairs, has an unknown letter.
    """
    by_length: defaultdict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for position, tokens in enumerate([task.encode(source) for source in sources]):
        by_length[len(tokens)].append((position, tokens))
    for length, group in by_length.items():
        limit = decoding_limit(task, length)
        size = min(MOST_AT_ONCE, sequences_at_once(length, limit))
        for start in range(0, len(group), size):
            positions, rows = zip(*group[start : start + size], strict=True)
            yield SourceBatch([*positions], torch.tensor(rows, device=device), limit)


def predict(model: Seq2Seq, task: TaskConfig, sources: Sequence[Source], device: torch.device) -> list[list[int]]:
    """The predicted tokens of each source, without EOS, decoded free-running. Leaves the model in evaluation mode.

    Raises ConfigError where `batches` does.
    """
    model.eval()
    predictions: list[list[int]] = [[] for _ in sources]
    for batch in batches(task, sources, device):
        decoded = model.greedy(batch.source, batch.lengths, batch.limit, keep_weights=False)
        for position, prediction in zip(batch.positions, decoded.predictions, strict=True):
            predictions[position] = prediction
    return predictions
