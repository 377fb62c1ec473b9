"""Recipes of replications that test on longer strings than they train on, with the metrics of their papers."""

from __future__ import annotations

from typing import ClassVar

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Examples
from seq2seq_core.recipe import Recipe


class LongerTest(Recipe):
    """The test set has sources of other lengths than the training and the evaluation sets."""

    extra_metrics = ("first_n", "overlap")
    tested: ClassVar[tuple[int, int]]
    """The shortest and the longest source of the test set"""

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        self.check_drawn(task)
        if task.max_length >= self.tested[1]:
            raise ConfigError(
                f"recipe {self.name!r}: max_length {task.max_length}; expected less than {self.tested[1]}, the longest "
                "source of the test"
            )

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        if stream == "test":
            task = task.replace({"min_length": self.tested[0], "max_length": self.tested[1]})
        return super().examples(task, training, seed, stream, device)


class Decimal40(LongerTest, name="decimal40"):
    """The lengths of tensor2tensor's problems `algorithmic_identity_decimal40` and `algorithmic_reverse_decimal40`."""

    tested = (1, 400)


class Grefenstette2015(LongerTest, name="grefenstette2015"):
    """The lengths of Grefenstette et al. 2015, section 4."""

    tested = (65, 128)
