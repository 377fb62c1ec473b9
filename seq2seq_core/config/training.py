"""The settings of a training."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_core.config.base import Config
from seq2seq_core.layers.feeding import DECAYS, DRAWS, FEEDS
from seq2seq_core.layers.losses import LOSSES

KEEPS = ("last", "best")


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """The length of a training, its optimizer, what the decoder is fed, and the sizes of evaluation and test set."""

    epochs: int = 20
    """An epoch is `steps_per_epoch` batches, followed by an evaluation."""
    steps_per_epoch: int = 100
    """Training steps, of one batch each."""
    stop_at: float | None = None
    """The Levenshtein accuracy on the evaluation set that ends the training, once two evaluations in a row reach it;
    None (`none` in `--set`) trains all epochs. A recipe may have another rule (`Recipe.is_solved`)."""
    keep: str = "last"
    """`last` or `best`: the epoch whose weights are tested and kept. `best` is the first with the highest exact match
    on the evaluation set."""
    batch_size: int = 30
    """B, the examples of a training step."""
    learning_rate: float = 1e-3
    """The step size of Adam, the same in all steps."""
    weight_decay: float = 0.0
    """The factor of the weights that Adam adds to their gradient (L2); it is not the decay of AdamW."""
    clip_norm: float | None = 1.0
    """The greatest norm of the gradient over all parameters; None (`none` in `--set`) disables clipping."""
    loss: str = "cross_entropy"
    """cross_entropy, the mean over the tokens of a batch; or sequence_cross_entropy, the sum over those of a sequence
    and its mean over sequences, so that long ones weigh more."""
    forcing: float = 1.0
    """Teacher forcing: the initial probability of feeding the decoder the true previous token (inverse_sigmoid starts
    slightly below it). Below 1, or with a decay, this is scheduled sampling (Bengio et al. 2015)."""
    forcing_decay: str = "constant"
    """How the probability decays with the training step: constant, linear, exponential or inverse_sigmoid."""
    forcing_half: int = 500
    """Training steps after which the probability has decayed to half of `forcing`, with another decay than constant."""
    forcing_draw: str = "token"
    """What one draw decides: token (one token of one example, as in the paper), step (one step of all examples of the
    batch), sequence (all steps of one example) or batch (all steps of all examples)."""
    feed: str = "argmax"
    """What is fed in place of the true token: argmax (the most likely token), sample (a draw from the softmax) or
    expected (the mean embedding under the softmax)."""
    evaluation_size: int = 300
    """Sequences of the evaluation set, which is evaluated after each epoch."""
    test_size: int = 1000
    """Sequences of the test set, which is evaluated once, at the end."""
    test_lengths: tuple[int, ...] = ()
    """Lengths of sources of further test sets, which may be beyond those of the task: 200 sequences each, of at most
    200,000 letters in all. If no sequence of the length before was exact: a tenth of them above 100 letters, and none
    above 1,000. The first length is always decoded in full."""

    def __post_init__(self) -> None:
        for field in ("epochs", "batch_size"):
            self._integer(field, least=1, most=100_000)
        for field in ("steps_per_epoch", "forcing_half", "evaluation_size", "test_size"):
            self._integer(field, least=1, most=1_000_000)
        if self.stop_at is not None:
            self._number("stop_at", above=0.0, most=1.0)
        self._number("learning_rate", above=0.0)
        self._number("weight_decay", least=0.0)
        if self.clip_norm is not None:
            self._number("clip_norm", above=0.0)
        self._number("forcing", least=0.0, most=1.0)
        self._lengths("test_lengths")
        for field, choices in {
            "keep": KEEPS,
            "loss": [*LOSSES],
            "forcing_decay": [*DECAYS],
            "forcing_draw": [*DRAWS],
            "feed": [*FEEDS],
        }.items():
            self._choice(field, choices)
        if self.forcing == 0 and self.forcing_decay != "constant":
            self._refuse("forcing_decay", self.forcing_decay, "'constant', or forcing above 0: nothing decays")
        for field, plain in {"forcing_draw": "token", "feed": "argmax"}.items():
            value = getattr(self, field)
            if value != plain and not self.free_steps:
                self._refuse(field, value, f"{plain!r}, or forcing below 1, or a decay: nothing is drawn")

    def _lengths(self, field: str) -> None:
        value = getattr(self, field)
        fits = isinstance(value, list | tuple) and all(type(one) is int and 1 <= one <= 10_000 for one in value)
        if not fits or len(set(value)) < len(value):
            self._refuse(field, value, "a list of different integers from 1 to 10,000")
        object.__setattr__(self, field, tuple(sorted(value)))

    @property
    def free_steps(self) -> bool:
        """Whether the decoder is sometimes fed something other than the true tokens."""
        return self.forcing < 1 or self.forcing_decay != "constant"
