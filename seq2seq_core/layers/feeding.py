"""What a decoder in training is fed: the registries of scheduled sampling (Bengio et al. 2015).

At each step the decoder is fed the previous true token (forced) or something made from its own previous logits (fed).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


def _inverse_sigmoid(step: int, half: int) -> float:
    """k / (k + exp(i / k)) at step i, with k ln k = half, so that the value at that step is 1/2; at step 0 it is
    k / (k + 1)."""
    k = 1.0 + half  # Newton's iteration descends from here to the root, until rounding stops it
    while (nearer := (k + half) / (1.0 + math.log(k))) < k:
        k = nearer
    return 0.5 - 0.5 * math.tanh(0.5 * (step / k - math.log(k)))  # the same function, without overflow at large steps


DECAYS: dict[str, Callable[[int, int], float]] = {
    "constant": lambda step, half: 1.0,
    "linear": lambda step, half: max(0.0, 1.0 - step / (2 * half)),
    "exponential": lambda step, half: 0.5 ** (step / half),
    "inverse_sigmoid": _inverse_sigmoid,
}
"""Name -> function: the training step from 0, and the step at which the factor is 1/2 -> the factor of the initial
probability of forcing (Bengio et al. 2015, section 2.4)."""

DRAWS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "token": lambda batch, steps: (batch, steps),
    "step": lambda batch, steps: (1, steps),
    "sequence": lambda batch, steps: (batch, 1),
    "batch": lambda batch, steps: (1, 1),
}
"""Name -> function: B, T -> the shape of the draws: one for each token of each example (as in the paper, section 2.3),
one for each step of the batch, one for each sequence, or one for the batch."""

Feed = Callable[[Tensor, Tensor, torch.Generator], Tensor]
"""logits (B,1,V) of the previous step, the embeddings (V,E), a generator -> what is fed (B,1,E)."""


def _argmax(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    return functional.embedding(logits.argmax(dim=-1), embeddings)


def _sample(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    """A token drawn from the softmax: the arg max of p / x, with x exponential and independent for each token.

    torch.multinomial would block until the GPU is done, and raises for a model that has diverged.
    """
    probabilities = logits.detach().softmax(dim=-1)
    ratios = probabilities / torch.empty_like(probabilities).exponential_(generator=source)
    return functional.embedding(ratios.argmax(dim=-1), embeddings)


def _expected(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    """The mean embedding under the softmax; its gradient flows into the previous steps."""
    return logits.softmax(dim=-1) @ embeddings


FEEDS: dict[str, Feed] = {"argmax": _argmax, "sample": _sample, "expected": _expected}


@dataclass(frozen=True)
class Feeding:
    """What a decoder is fed over one batch."""

    forced: Tensor
    """(B,T), true where it is the previous true token; the first step is always fed SOS"""
    feed: Callable[[Tensor, Tensor], Tensor]
    """logits (B,1,V) of the previous step, embeddings (V,E) -> what is fed (B,1,E) where it is not"""
