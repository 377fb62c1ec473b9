"""Scheduled sampling (Bengio et al. 2015): how often a decoder in training is fed the true token before, what a draw
decides for, and what is fed otherwise.

All of it happens on the device: no step waits for the host to know what was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.seeding import generator

if TYPE_CHECKING:  # the settings are checked by the names that are registered here
    from seq2seq_core.config import TrainConfig


def _inverse_sigmoid(step: int, half: int) -> float:
    """k / (k + exp(i / k)), where k ln k = half, so that one half is left at that step; k / (k + 1) is at the first."""
    k = 1.0 + half  # Newton's iteration comes down to the root from here, until rounding lets it go no further
    while (nearer := (k + half) / (1.0 + math.log(k))) < k:
        k = nearer
    return 0.5 - 0.5 * math.tanh(0.5 * (step / k - math.log(k)))  # the same, and no step is too large for it


DECAYS: dict[str, Callable[[int, int], float]] = {
    "constant": lambda step, half: 1.0,
    "linear": lambda step, half: max(0.0, 1.0 - step / (2 * half)),
    "exponential": lambda step, half: 0.5 ** (step / half),
    "inverse_sigmoid": _inverse_sigmoid,
}
"""Name -> (step from 0, the step at which one half is left) -> share left (Bengio et al. 2015, section 2.4)."""

DRAWS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "token": lambda batch, steps: (batch, steps),
    "step": lambda batch, steps: (1, steps),
    "sequence": lambda batch, steps: (batch, 1),
}
"""Name -> (B, T) -> how many draws there are: for each token of each example, as in the paper (section 2.3), for each
step of the whole batch, or for each sequence."""

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


def probability(training: TrainConfig, step: int) -> float:
    """The probability that a decoder is fed the true token before, at a training step counted from 0."""
    return training.forcing * DECAYS[training.forcing_decay](step, training.forcing_half)


@dataclass(frozen=True)
class Feeding:
    """What a decoder is fed over one batch where it is not always the true token."""

    forced: Tensor
    """(B,T), true where it is the true token before; the first step is fed SOS whatever it says"""
    feed: Callable[[Tensor, Tensor], Tensor]
    """logits (B,1,V) of the step before, embeddings (V,E) -> what is fed where it is not (B,1,E)"""


class Forcing:
    """Draws, from random streams of its own, what each training step's batch is fed."""

    def __init__(self, training: TrainConfig, seed: int, device: torch.device) -> None:
        self._training = training
        self._draws = generator(seed, "forcing", device)
        self._samples = generator(seed, "feeding", device)

    def get_state(self) -> list[Tensor]:
        """Where the streams are: what `set_state` takes, as bytes on the CPU."""
        return [self._draws.get_state(), self._samples.get_state()]

    def set_state(self, state: list[Tensor]) -> None:
        """Goes to where streams of the same device were."""
        for source, value in zip((self._draws, self._samples), state, strict=True):
            source.set_state(value)

    def feeding(self, step: int, target: Tensor) -> Feeding | None:
        """What a batch with this target (B,T) is fed at a training step from 0; None under full teacher forcing."""
        training = self._training
        if not training.free_steps:
            return None
        batch, steps = target.shape
        drawn = torch.rand(DRAWS[training.forcing_draw](batch, steps), generator=self._draws, device=target.device)
        feed = FEEDS[training.feed]
        return Feeding(
            forced=(drawn < probability(training, step)).expand(batch, steps),
            feed=lambda logits, embeddings: feed(logits, embeddings, self._samples),
        )
