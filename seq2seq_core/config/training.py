"""The training's settings."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_core.config.base import Config
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS
from seq2seq_core.layers.losses import LOSSES


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """How long, how fast and on how much a model is trained, what it is fed, and on how much it is scored."""

    epochs: int = 20
    """An epoch is `steps_per_epoch` fresh batches; the model is scored after each."""
    steps_per_epoch: int = 100
    batch_size: int = 30
    learning_rate: float = 1e-3
    clip_norm: float | None = 1.0
    """The gradient's norm over all parameters is clipped to this; None for no clipping."""
    loss: str = "cross_entropy"
    """cross_entropy of the logits, or nll of log-probabilities: the same to rounding, by two ways."""
    forcing: float = 1.0
    """Teacher forcing: the probability that the decoder is fed the true token before, at first (inverse_sigmoid
    begins a little below it). Below 1, or with a decay, this is scheduled sampling (Bengio et al. 2015)."""
    forcing_decay: str = "constant"
    """How that probability falls with the training step: constant, linear, exponential or inverse_sigmoid."""
    forcing_half: int = 500
    """Training steps after which a decay has brought the probability to half of `forcing`."""
    forcing_draw: str = "token"
    """What a draw decides for: each token of each example (as in the paper), each step for the whole batch, or each
    sequence for all its steps."""
    feed: str = "argmax"
    """What is fed where the true token is not: the arg max, a sample, or the expected embedding under the softmax."""
    evaluation_size: int = 300
    """Sequences scored after each epoch."""
    test_size: int = 1000
    """Sequences, other ones, scored once at the end."""

    def __post_init__(self) -> None:
        for field in ("epochs", "batch_size"):
            self._whole(field, least=1, most=100_000)
        for field in ("steps_per_epoch", "forcing_half", "evaluation_size", "test_size"):
            self._whole(field, least=1, most=1_000_000)
        self._number("learning_rate", above=0.0)
        if self.clip_norm is not None:
            self._number("clip_norm", above=0.0)
        self._number("forcing", least=0.0, most=1.0)
        for field, choices in {
            "loss": [*LOSSES],
            "forcing_decay": [*DECAYS],
            "forcing_draw": [*DRAWS],
            "feed": [*FEEDS],
        }.items():
            self._choice(field, choices)
        for field, plain in {"forcing_draw": "token", "feed": "argmax"}.items():
            value = getattr(self, field)
            if value != plain and not self.free_steps:
                self._refuse(field, value, f"{plain!r}, or forcing below 1, or a decay: nothing is drawn")

    @property
    def free_steps(self) -> bool:
        """Whether the decoder is ever fed anything but the true tokens."""
        return self.forcing < 1 or self.forcing_decay != "constant"
