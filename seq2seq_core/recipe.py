"""What a training is made of beyond its settings: the network, the examples, and figures of a study's own."""

from __future__ import annotations

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tasks.reverse import Examples, vocabulary


class Recipe:
    """The plain one. A study that departs from it derives its own, so that no departure is a setting of the core."""

    name: str = "plain"
    """Tells recipes apart, in checkpoints too."""
    chunk: int = 500
    """Sequences scored at once, so that memory does not grow with the size of a set."""

    measures: tuple[str, ...] = ()
    """The names of the figures that `measure` gives."""

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        """A network, its weights not yet drawn."""
        return Seq2Seq(config, vocabulary(task))

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        """The examples of a stream: `train`, `evaluation`, `test`, `alignment`."""
        return Examples(task, seed, stream, device)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        """Figures of the recipe's own, by column name, over the first `size` of a stream's examples."""
        return {}


PLAIN = Recipe()
