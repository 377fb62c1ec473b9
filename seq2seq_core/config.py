"""What a model, a task and a training run are made of: frozen, checked at birth, and written as plain JSON.

A configuration that exists is valid. Everything that could be wrong with one is said by `ConfigError`, in one line,
before any work is done.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from torch import nn

from seq2seq_core.cells import CELLS
from seq2seq_core.packings import PACKINGS
from seq2seq_core.scores import SCORES

QUERIES = ("current", "previous")


class ConfigError(ValueError):
    """A setting that is unknown, out of range, or at odds with another; one line that names the remedy."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The base of the three: plain fields in, plain fields out."""

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Self:
        """Builds the configuration from JSON-like settings; an unknown key is refused with the nearest known one."""
        known = [field.name for field in dataclasses.fields(cls)]
        for key in settings:
            if key not in known:
                raise ConfigError(f"{cls.__name__}: unknown key {key!r}; {suggest(key, known)}")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def replace(self, settings: Mapping[str, Any]) -> Self:
        """A copy with some settings changed, checked like a new one."""
        return self.from_dict({**self.to_dict(), **settings})

    def _whole(self, field: str, *, least: int) -> None:
        value = getattr(self, field)
        if type(value) is not int or value < least:
            self._refuse(field, value, f"a whole number of at least {least}")

    def _number(self, field: str, *, above: float | None = None, least: float | None = None, below: float) -> None:
        value = getattr(self, field)
        fits = type(value) in (int, float) and value < below
        fits = fits and (above is None or value > above) and (least is None or value >= least)
        if not fits:
            lower = f"above {above:g}" if above is not None else f"of at least {least:g}"
            upper = "finite" if below == float("inf") else f"below {below:g}"
            self._refuse(field, value, f"a number {lower} and {upper}")

    def _flag(self, field: str) -> None:
        value = getattr(self, field)
        if type(value) is not bool:
            self._refuse(field, value, "true or false")

    def _choice(self, field: str, choices: Sequence[str | None]) -> None:
        value = getattr(self, field)
        if value not in choices:
            self._refuse(field, value, "one of " + ", ".join(str(choice).lower() for choice in choices))

    def _refuse(self, field: str, value: object, right: str) -> None:
        raise ConfigError(f"{type(self).__name__}.{field}: {value!r} is refused; expected {right}")


@dataclass(frozen=True, kw_only=True)
class ModelConfig(Config):
    """The network: sizes, the recurrent cell, how the encoder treats padding, and how the decoder attends."""

    cell: str = "gru"
    """The recurrent cell of encoder and decoder: gru, lstm or rnn (tanh)."""
    embedding_size: int = 32
    hidden_size: int = 64
    layers: int = 1
    dropout: float = 0.0
    """Probability of zeroing an output between recurrent layers; it needs two layers or more."""
    bidirectional: bool = False
    """Reads the source in both directions; the two states are concatenated, so the values have 2 H channels."""
    packing: str = "packed"
    """packed (torch's packed sequences), padded (reads the padding too: another model) or padded_exact (the values of
    packed, computed on padded tensors)."""
    score: str | None = "general"
    """A name in `seq2seq_core.scores.SCORES`, or None for a decoder without attention."""
    query: str = "current"
    """current: the cell runs first and its new state is the query (Luong 2015). previous: attention runs first, its
    query is the state before the step, and the context joins the cell's input (Bahdanau 2015)."""

    def __post_init__(self) -> None:
        self._choice("cell", [*CELLS])
        for field in ("embedding_size", "hidden_size", "layers"):
            self._whole(field, least=1)
        self._number("dropout", least=0.0, below=1.0)
        self._flag("bidirectional")
        self._choice("packing", [*PACKINGS])
        self._choice("score", [*SCORES, None])
        self._choice("query", QUERIES)
        if self.dropout and self.layers == 1:
            self._refuse("dropout", self.dropout, "0, or layers of at least 2: it acts between layers")
        if self.score is None and self.query == "previous":
            self._refuse("query", self.query, "'current': without a score nothing is attended to before the cell")
        if self.score is not None and SCORES[self.score].same_size and self.bidirectional:
            self._refuse(
                "score",
                self.score,
                "a score with a projection, such as 'general': two directions give values of twice the query's size",
            )

    def make_cell(self, input_size: int, *, bidirectional: bool = False) -> nn.RNNBase:
        """The recurrent cell over inputs of the given size, batch first."""
        return CELLS[self.cell](
            input_size=input_size,
            hidden_size=self.hidden_size,
            num_layers=self.layers,
            dropout=self.dropout,
            bidirectional=bidirectional,
            batch_first=True,
        )

    @property
    def value_size(self) -> int:
        """Channels of the encoder's values, H or 2 H."""
        return self.hidden_size * (2 if self.bidirectional else 1)


@dataclass(frozen=True, kw_only=True)
class TaskConfig(Config):
    """Inverting a random sequence: how many letters, and how long a source is (uniform, both ends included)."""

    letters: int = 4
    min_length: int = 5
    max_length: int = 14

    def __post_init__(self) -> None:
        self._whole("letters", least=1)
        self._whole("min_length", least=1)
        self._whole("max_length", least=1)
        if self.max_length < self.min_length:
            self._refuse("max_length", self.max_length, f"at least min_length ({self.min_length})")


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """How long, how fast and on how much a model is trained, and on how much it is scored."""

    epochs: int = 20
    """An epoch is `steps_per_epoch` fresh batches; the model is scored after each."""
    steps_per_epoch: int = 100
    batch_size: int = 30
    learning_rate: float = 1e-3
    clip_norm: float = 1.0
    """The gradient's norm over all parameters is clipped to this."""
    evaluation_size: int = 300
    """Sequences scored after each epoch."""
    test_size: int = 1000
    """Sequences, other ones, scored once at the end."""

    def __post_init__(self) -> None:
        for field in ("epochs", "steps_per_epoch", "batch_size", "evaluation_size", "test_size"):
            self._whole(field, least=1)
        for field in ("learning_rate", "clip_norm"):
            self._number(field, above=0.0, below=float("inf"))


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The nearest known name to a wrong one, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
