"""The article's metric: flattened over a batch, and diluted by its padding."""

from __future__ import annotations

from statistics import fmean

import editdistance
import torch

from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.tokens import PAD

BATCH = 30
"""Strings flattened into one, as in the article's code."""


@torch.no_grad()
def article_accuracy(model: Seq2Seq, examples: Examples, size: int) -> float:
    """1 - edit distance / length of a batch's targets laid end to end, padding and EOS counted; the mean over batches.

    The prediction is free-running, has as many tokens as the longest target of its batch, and is padding wherever the
    target is: those positions count as right, and a letter that is missing in one sequence may be made good in the
    next. A last batch that is not full is left out, unless it is the only one.
    """
    model.eval()
    figures = []
    for _ in range(max(1, size // BATCH)):
        batch = examples.draw(min(BATCH, size))
        order = batch.source_lengths.argsort(descending=True)  # as the article's batches are; it moves few edits
        steps = batch.target.size(1)
        tokens = model.greedy(batch.source, batch.source_lengths, steps, until_end=False, keep_weights=False).tokens
        inside = mask_from_lengths(batch.target_lengths, steps, tokens.device)
        predicted = tokens.masked_fill(~inside, PAD)[order].flatten().tolist()
        wanted = batch.target[order].flatten().tolist()
        figures.append(1.0 - editdistance.eval(predicted, wanted) / len(wanted))
    return fmean(figures)
