"""Where a model looks: the attention weights of single examples, their mean over many, and one number for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.config import ConfigError
from seq2seq_core.evaluation.evaluate import decoding_limit, sequences_at_once
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.tokens import FIRST_LETTER, token_name

MEAN_OF = 100
"""Examples that a mean alignment is taken over"""
LONGEST_RECORDED = 100
"""Letters of the longest source whose weights a training records: they grow with the square of the length"""


@dataclass(frozen=True)
class Alignment:
    """One example's attention, decoded freely."""

    source: list[str]
    """S names of memory positions: a letter, or after halvings the letters that a position covers, such as "ab\""""
    prediction: list[str]
    """T tokens, </s> among them if it came"""
    weights: list[list[float]]
    """T rows of S attention weights"""


@dataclass(frozen=True)
class MeanAlignment:
    """The attention of many examples of one length L, each decoded freely for L + 1 steps, whatever it wrote."""

    n: int
    """Examples"""
    weights: list[list[float]]
    """L + 1 rows, one a target step, of S mean attention weights, one a memory position; none if L is over
    `LONGEST_RECORDED`"""
    anti_diagonal: float
    """The share of the weight, in the L steps that write a letter, on the position that holds the letter to be written:
    1 of a model that reads backwards and nothing else, about 1 / S of one that looks everywhere alike."""


def example_alignment(model: Seq2Seq, examples: Examples) -> Alignment | None:
    """The attention on the next example of the longest length; None if the model has no attention, or if that length
    is over `LONGEST_RECORDED`."""
    if examples.task.max_length > LONGEST_RECORDED:
        return None
    return _picture(model, examples.draw_lengths(torch.tensor([examples.task.max_length])).source)


def align(model: Seq2Seq, sources: Sequence[str], device: torch.device) -> list[Alignment]:
    """The attention on chosen sources, such as "abcd".

    Raises ConfigError for a source that is empty or has a letter that the model does not know, and for a model without
    attention.
    """
    letters = model.decoder.embedding.num_embeddings - FIRST_LETTER
    pictures = []
    for tokens in [tokens_of(source, letters) for source in sources]:
        picture = _picture(model, torch.tensor([tokens], device=device))
        if picture is None:
            raise ConfigError("the model has no attention, so there is nothing to draw; expected one with a score")
        pictures.append(picture)
    return pictures


def tokens_of(source: str, letters: int) -> list[int]:
    """The tokens of a source such as "abcd". ConfigError if it is empty, or has a letter beyond the first `letters`."""
    known = [token_name(FIRST_LETTER + letter) for letter in range(letters)]
    if not source:
        raise ConfigError("source: '' is refused; expected a letter at least")
    for letter in source:
        if letter not in known:
            raise ConfigError(f"source {source!r}: the letter {letter!r} is unknown; known: {', '.join(known)}")
    return [FIRST_LETTER + known.index(letter) for letter in source]


@torch.no_grad()
def mean_alignment(model: Seq2Seq, examples: Examples, chunk: int) -> MeanAlignment | None:
    """The mean over the next examples of the longest length, `chunk` at once; None if the model has no attention."""
    model.eval()
    length = examples.task.max_length
    # The first is drawn alone: it is then the one that `example_alignment` shows, on every device.
    sources = torch.cat([examples.draw_lengths(torch.full((n,), length)).source for n in (1, MEAN_OF - 1)])
    total = torch.zeros((), dtype=torch.float64, device=sources.device)
    for some in torch.split(sources, min(chunk, sequences_at_once(length))):
        weights = model.greedy(some, torch.full((len(some),), length), length + 1, until_end=False).weights
        if weights is None:
            return None
        total = total + weights.sum(dim=0, dtype=torch.float64)
    mean = total / MEAN_OF  # (L+1,S)
    held = torch.arange(length - 1, -1, -1) // 2**model.halvings  # (L,): the memory position of each letter to write
    share = mean[torch.arange(length), held].mean().item()
    return MeanAlignment(n=MEAN_OF, weights=mean.tolist() if length <= LONGEST_RECORDED else [], anti_diagonal=share)


def _picture(model: Seq2Seq, source: Tensor) -> Alignment | None:
    """source (1,S) of letters alone -> its attention; None if the model has none."""
    model.eval()
    length = source.size(1)
    decoded = model.greedy(source, torch.tensor([length]), decoding_limit(length))
    if decoded.weights is None:
        return None
    weights: list[list[float]] = decoded.weights[0].tolist()
    prediction = [token_name(token) for token in decoded.tokens[0].tolist()]
    letters = [token_name(token) for token in source[0].tolist()]
    covered = 2**model.halvings
    names = ["".join(letters[start : start + covered]) for start in range(0, length, covered)]
    return Alignment(names, prediction, weights)
