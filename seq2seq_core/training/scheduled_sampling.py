"""Scheduled sampling (Bengio et al. 2015): how often a decoder in training is fed the true token before, what a draw
decides for, and what is fed otherwise.

All of it happens on the device: no step waits for the host to know what was drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq_core.config import TrainConfig
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS, Feeding
from seq2seq_core.seeding import generator


def probability(training: TrainConfig, step: int) -> float:
    """The probability that a decoder is fed the true token before, at a training step counted from 0."""
    return training.forcing * DECAYS[training.forcing_decay](step, training.forcing_half)


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
