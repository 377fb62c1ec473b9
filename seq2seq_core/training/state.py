"""All that the next epoch of a training depends on: what a checkpoint holds, and what it is told apart by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.training.checkpoint import fit
from seq2seq_core.training.scheduled_sampling import Forcing


def identity_of(
    model: ModelConfig, task: TaskConfig, training: TrainConfig, seed: int, device: str, recipe: Recipe
) -> dict[str, Any]:
    """What two runs with the same checkpoints share, as plain values."""
    return {
        "model": model.to_dict(),
        "task": task.to_dict(),
        "training": training.to_dict(),
        "seed": seed,
        "device": device,
        "recipe": recipe.name,
        "torch": str(torch.__version__),
    }


@dataclass(frozen=True)
class Parts:
    """What training changes, beside torch's global random state, which dropout draws from."""

    model: Seq2Seq
    optimizer: torch.optim.Optimizer
    examples: Examples
    forcing: Forcing

    def snapshot(self) -> dict[str, Any]:
        """The state of the parts, and the global random state."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "examples": self.examples.get_state(),
            "forcing": self.forcing.get_state(),
            "cpu_random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state() if self.examples.device.type == "cuda" else None,
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Gives the parts their state; CheckpointError if one does not fit."""
        fit(lambda: self.model.load_state_dict(snapshot["model"]), "model")
        fit(lambda: self.optimizer.load_state_dict(snapshot["optimizer"]), "optimizer")
        fit(lambda: self.examples.set_state(snapshot["examples"]), "examples")
        fit(lambda: self.forcing.set_state(snapshot["forcing"]), "forcing")

    def restore_random(self, snapshot: dict[str, Any]) -> None:
        """Gives torch its global random state."""
        torch.set_rng_state(snapshot["cpu_random"])
        if self.examples.device.type == "cuda":
            torch.cuda.set_rng_state(snapshot["cuda_random"])
