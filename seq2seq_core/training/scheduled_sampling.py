"""Scheduled sampling (Bengio et al. 2015): in training, the decoder is sometimes fed its own prediction in place of the
true previous token.

Everything is drawn on the device; no step synchronises with the host.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq_core.config import TrainConfig
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS, Feeding
from seq2seq_core.seeding import generator


def forcing_probability(training: TrainConfig, step: int) -> float:
    """The probability of feeding the true previous token at a training step, counted from 0."""
    return training.forcing * DECAYS[training.forcing_decay](step, training.forcing_half)


class ScheduledSampling:
    """Draws what the decoder is fed in each training step, from two random streams of the seed."""

    def __init__(self, training: TrainConfig, seed: int, device: torch.device) -> None:
        self._training = training
        self._draws = generator(seed, "forcing", device)
        self._samples = generator(seed, "feeding", device)

    def get_state(self) -> list[Tensor]:
        """The positions in the streams, as byte tensors on the CPU that `set_state` accepts."""
        return [self._draws.get_state(), self._samples.get_state()]

    def set_state(self, state: list[Tensor]) -> None:
        """Moves to the positions of streams on the same kind of device."""
        for source, value in zip((self._draws, self._samples), state, strict=True):
            source.set_state(value)

    def feeding(self, step: int, target: Tensor) -> Feeding | None:
        """What the decoder is fed for a target (B,T) at a training step, counted from 0; None under full teacher
        forcing."""
        training = self._training
        if not training.free_steps:
            return None
        batch, steps = target.shape
        drawn = torch.rand(DRAWS[training.forcing_draw](batch, steps), generator=self._draws, device=target.device)
        feed = FEEDS[training.feed]
        return Feeding(
            forced=(drawn < forcing_probability(training, step)).expand(batch, steps),
            feed=lambda logits, embeddings: feed(logits, embeddings, self._samples),
        )
