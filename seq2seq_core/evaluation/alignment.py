"""Where a model with attention looks: the weights of single examples, and their mean over many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq_core.config import ConfigError, TaskConfig
from seq2seq_core.evaluation.evaluate import decoding_limit, sequences_at_once
from seq2seq_core.evaluation.predict import Source, batches
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import EOS

MEAN_OF = 100
"""Examples that a mean alignment is averaged over."""
LONGEST_RECORDED = 100
"""Letters of the longest source whose weights a training records: they grow with the square of the length."""


@dataclass(frozen=True)
class Alignment:
    """The attention weights of one example, decoded free-running."""

    source: list[str]
    """S names of memory positions: one letter, or the letters that a position of a pyramid covers, such as "ab"."""
    prediction: list[str]
    """T predicted tokens, with </s> if the model wrote it."""
    weights: list[list[float]]
    """(T,S), without the weights on boundary tokens"""


@dataclass(frozen=True)
class MeanAlignment:
    """Attention weights averaged over examples with sources of one length. Each is decoded free-running for as many
    steps as the longest target has tokens, EOS included, even if the model writes EOS earlier."""

    n: int
    """Examples"""
    weights: list[list[float]]
    """(T,S): a row for each target step, a column for each memory position that is no boundary token; empty if the
    sources have more than `LONGEST_RECORDED` letters."""
    expected_share: float | None
    """The share of the weight on the task's expected alignment, over the steps that write a letter: 1 for a model that
    looks nowhere else, about 1 / S for uniform weights. For the task "reverse" this is the anti-diagonal. None if the
    task has no expected alignment."""


def example_alignment(model: Seq2Seq, examples: Examples) -> Alignment | None:
    """The alignment of the next example, with a source of the greatest length if sources are drawn; None for a model
    without attention and for sources of more than `LONGEST_RECORDED` letters."""
    task, source = examples.task, examples.draw_example()
    if source.size(1) > LONGEST_RECORDED:
        return None
    model.eval()
    alignments = _alignments(model, task, source, decoding_limit(task, source.size(1)))
    return alignments[0] if alignments else None


def align(model: Seq2Seq, task: TaskConfig, sources: Sequence[Source], device: torch.device) -> list[Alignment]:
    """The alignments of chosen sources, such as "abcd", in their order. Leaves the model in evaluation mode.

    Raises ConfigError where `batches` does, and for a model without attention.
    """
    if model.decoder.score is None:
        raise ConfigError("the model has no attention, so it has no alignment; expected a model with a score")
    model.eval()
    found: dict[int, Alignment] = {}
    for batch in batches(task, sources, device):
        found.update(zip(batch.positions, _alignments(model, task, batch.source, batch.limit), strict=True))
    return [found[position] for position in range(len(sources))]


@torch.no_grad()
def mean_alignment(model: Seq2Seq, examples: Examples, batch_size: int) -> MeanAlignment | None:
    """The mean over the next examples with sources of the greatest length, decoded `batch_size` at a time; None for a
    model without attention, and for pairs, whose lengths differ."""
    if examples.task.definition.from_files:
        return None
    model.eval()
    length, definition = examples.task.max_length, examples.task.definition
    steps = definition.longest_target(length) + 1
    # The first example is drawn alone, so that it is the one of `example_alignment` on every device.
    sources = torch.cat([examples.draw_lengths(torch.full((n,), length)).source for n in (1, MEAN_OF - 1)])
    total = torch.zeros((), dtype=torch.float64, device=sources.device)
    for batch in torch.split(sources, min(batch_size, sequences_at_once(length, steps))):
        weights = model.greedy(batch, torch.full((len(batch),), length), steps, until_end=False).weights
        if weights is None:
            return None
        total = total + _without_boundaries(weights, model).sum(dim=0, dtype=torch.float64)
    mean = total / MEAN_OF  # (T,S)
    return MeanAlignment(
        n=MEAN_OF,
        weights=mean.tolist() if length <= LONGEST_RECORDED else [],
        expected_share=_share(mean, definition.expected_alignment(length), model.halvings),
    )


def _without_boundaries(weights: Tensor, model: Seq2Seq) -> Tensor:
    """The weights (B,T,S') of sources of one length, on the positions of the source."""
    return weights[..., 1:-1] if model.boundaries else weights


def _share(mean: Tensor, expected: list[int] | None, halvings: int) -> float | None:
    """Mean weights (T,S), expected source positions -> the mean weight on them, by the memory positions that cover
    them."""
    if expected is None:
        return None
    positions = torch.tensor(expected) // 2**halvings
    return mean[torch.arange(len(expected)), positions].mean().item()


def _alignments(model: Seq2Seq, task: TaskConfig, source: Tensor, limit: int) -> list[Alignment]:
    """source (B,S) without padding -> B alignments, each up to its EOS; none for a model without attention."""
    size, length = source.shape
    decoded = model.greedy(source, torch.full((size,), length), limit)
    if decoded.weights is None:
        return []
    covered, joint = 2**model.halvings, " " if task.units == "tokens" else ""
    alignments = []
    of_source = _without_boundaries(decoded.weights, model)
    for letters, tokens, weights in zip(source.tolist(), decoded.tokens.tolist(), of_source, strict=True):
        steps = tokens.index(EOS) + 1 if EOS in tokens else len(tokens)
        names = [joint.join(task.token_names(letters[start : start + covered])) for start in range(0, length, covered)]
        alignments.append(Alignment(names, task.token_names(tokens[:steps]), weights[:steps].tolist()))
    return alignments
