"""What a decoder in training is fed where it is not the true token before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Feed = Callable[[Tensor, Tensor, torch.Generator], Tensor]
"""logits (B,1,V) of the step before, the tokens' embeddings (V,E), a generator -> what is fed (B,1,E)."""


def _argmax(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    return functional.embedding(logits.argmax(dim=-1), embeddings)


def _sample(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    """A token of the softmax: the first to come of exponential clocks that run at the probabilities' rates.

    torch.multinomial would look at the probabilities from the host, and fail on a network that has diverged.
    """
    probabilities = logits.detach().softmax(dim=-1)
    clocks = probabilities / torch.empty_like(probabilities).exponential_(generator=source)
    return functional.embedding(clocks.argmax(dim=-1), embeddings)


def _expected(logits: Tensor, embeddings: Tensor, source: torch.Generator) -> Tensor:
    """The mean embedding under the softmax; the gradient flows through it into the steps before."""
    return logits.softmax(dim=-1) @ embeddings


FEEDS: dict[str, Feed] = {"argmax": _argmax, "sample": _sample, "expected": _expected}


@dataclass(frozen=True)
class Feeding:
    """What a decoder is fed over one batch where it is not always the true token."""

    forced: Tensor
    """(B,T), true where it is the true token before; the first step is fed SOS whatever it says"""
    feed: Callable[[Tensor, Tensor], Tensor]
    """logits (B,1,V) of the step before, embeddings (V,E) -> what is fed where it is not (B,1,E)"""
