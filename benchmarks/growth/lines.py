"""What is timed: a line is a model whose training step is timed at several sizes on one axis.

Every score has a line with the first cell, every cell one with `general`, where the cell runs first, and one with
`additive`, where attention runs first. Along an axis the other sizes stay as in `BASE`. The embedding has as many
channels as the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.roofline.work import COUNTED_SCORES
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES

BASE = {"length": 32, "batch": 32, "hidden_size": 64}
"""Axis -> its size along the other axes."""


@dataclass(frozen=True)
class Line:
    """A model, the axis on which its size varies, and the sizes in rising order."""

    model: ModelConfig
    axis: str
    sizes: Sequence[int]

    @property
    def names(self) -> dict[str, object]:
        """The columns of scaling.csv that all rows of the line have in common."""
        model = self.model
        return {
            "work": "step",
            "axis": self.axis,
            "cell": model.cell,
            "score": model.score or "none",
            "query": model.query,
        }

    def sizes_at(self, size: int) -> dict[str, int]:
        """Length, batch and hidden size at a size of the axis."""
        return {**BASE, self.axis: size}

    def model_at(self, size: int) -> ModelConfig:
        channels = self.sizes_at(size)["hidden_size"]
        return self.model.replace({"hidden_size": channels, "embedding_size": channels})


@dataclass(frozen=True, kw_only=True)
class Profile:
    sizes: Mapping[str, Sequence[int]]
    """Axis -> its sizes."""
    rounds: int
    burst_seconds: float
    """In a round, a step is repeated for about as long; the row has the median."""
    few: bool = False
    """Whether there is only one line for each wiring."""


PROFILES = {
    "smoke": Profile(
        sizes={"length": (8, 16), "batch": (8, 16), "hidden_size": (16, 32)}, rounds=2, burst_seconds=0.0, few=True
    ),
    "quick": Profile(
        sizes={
            "length": (16, 32, 64, 128),
            "batch": (8, 16, 32, 64, 128, 256),
            "hidden_size": (32, 64, 128, 256, 512),
        },
        rounds=9,
        burst_seconds=0.02,
    ),
    "full": Profile(
        sizes={
            "length": (8, 16, 32, 64, 128, 256),
            "batch": (4, 8, 16, 32, 64, 128, 256),
            "hidden_size": (16, 32, 64, 128, 256, 512),
        },
        rounds=15,
        burst_seconds=0.05,
    ),
}


def lines(profile: Profile) -> list[Line]:
    return [Line(model, axis, profile.sizes[axis]) for model in models(few=profile.few) for axis in profile.sizes]


def models(*, few: bool) -> list[ModelConfig]:
    """The models that have lines; of a score whose work is not counted there is no line."""
    cell, *others = CELLS
    scores = [score for score in SCORES if score in COUNTED_SCORES]
    wirings = [
        *((cell, score, "current") for score in (None, *scores)),
        *((other, "general", "current") for other in others),
        *((each, "additive", "previous") for each in CELLS),
    ]
    if few:
        wirings = [(cell, "general", "current"), (cell, "additive", "previous")]
    return [ModelConfig(cell=one, score=score, query=query) for one, score, query in wirings]
