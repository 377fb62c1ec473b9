"""Everything that the next epoch of a training depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from seq2seq_core.config import TrainConfig
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.training.adam import Adam
from seq2seq_core.training.checkpoint import restore
from seq2seq_core.training.scheduled_sampling import ScheduledSampling


@dataclass(frozen=True)
class TrainingState:
    """The objects that training changes. Dropout also changes torch's global random state."""

    model: Seq2Seq
    optimizer: Adam
    examples: Examples
    sampling: ScheduledSampling
    kept: dict[str, Tensor] = field(default_factory=dict)
    """The weights of an earlier epoch that are to be tested; empty for those of the model"""

    def keep_weights(self) -> None:
        """Keeps a copy of the model's weights, in place of earlier ones."""
        self.kept.update({name: tensor.clone() for name, tensor in self.model.state_dict().items()})

    def restore_kept(self) -> None:
        """The model gets the weights that are kept, if there are any."""
        if self.kept:
            self.model.load_state_dict(self.kept)

    def to_dict(self) -> dict[str, Any]:
        """The state of each object, and torch's global random state."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "examples": self.examples.get_state(),
            "forcing": self.sampling.get_state(),
            "cpu_random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state() if self.examples.device.type == "cuda" else None,
            **({"kept": self.kept} if self.kept else {}),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Restores each object from what `to_dict` returned. Raises CheckpointError if one does not fit."""
        restore("model", lambda: self.model.load_state_dict(state["model"]))
        restore("optimizer", lambda: self.optimizer.load_state_dict(state["optimizer"]))
        restore("examples", lambda: self.examples.set_state(state["examples"]))
        restore("forcing", lambda: self.sampling.set_state(state["forcing"]))
        self.kept.update(state.get("kept", {}))

    def load_random(self, state: dict[str, Any]) -> None:
        """Restores torch's global random state."""
        torch.set_rng_state(state["cpu_random"])
        if self.examples.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda_random"])


def kept_epoch(training: TrainConfig, exact: Sequence[float]) -> int:
    """The epoch, from 1, whose weights are kept. `exact`: the exact match on the evaluation set after each epoch."""
    return len(exact) if training.keep == "last" else 1 + exact.index(max(exact))
