"""What a training consists of besides its settings: the network, the examples, and extra metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.pair_examples import PairExamples
from seq2seq_core.registry import Registry


class Recipe:
    """The default. A study that needs another network, other examples or extra metrics derives a class from it; a name
    in the class line enters the class in `RECIPES`."""

    name: str = "plain"
    """Identifies the recipe, also in checkpoints."""
    evaluation_batch_size: int = 500
    """Sequences drawn and evaluated at once, so that memory does not grow with the size of a set. It also decides which
    examples a set has, as a batch draws the letters of all its sources together."""
    sequences_at_a_length: int = 200
    """The most sequences of each of `TrainConfig.test_lengths`."""
    extra_metrics: tuple[str, ...] = ()
    """The names of the extra metrics. Each becomes a column of the tables. `measure` returns them, but for those of
    `evaluation.metrics.EXTRA_SEQUENCE_METRICS`, which need nothing else and are in by_length.csv too."""
    unread: tuple[str, ...] = ()
    """Settings without effect on a training by this recipe."""
    stops: str = ""
    """When a run with `TrainConfig.stop_at` ends, in words that follow "A run ends early"; needed if the recipe
    defines `is_solved`."""
    outside: Mapping[str, str] = {}
    """The code outside this project that the training needs: files -> hashes, distributions -> versions. Kept in
    checkpoints."""

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name:
            cls.name = name
            RECIPES.add(name, cls)
        elif "name" not in vars(cls):  # its models are not those of the recipe that it derives from
            cls.name = f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def restored(cls, name: str, config: ModelConfig) -> Recipe:
        """The recipe of this class whose attribute `name` a checkpoint has recorded, for a model of these settings. A
        class whose recipes differ in more than their settings overrides it."""
        return cls()

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        """Raises ConfigError, in one line, for settings that the recipe has no use for. Called before any work."""

    def check_drawn(self, task: TaskConfig) -> None:
        """For `check`: raises ConfigError for pairs, if the recipe draws strings of lengths of its own."""
        if task.definition.from_files:
            raise ConfigError(
                f"recipe {self.name!r}: the task {task.task!r} is refused; expected one whose examples are drawn, such "
                "as 'reverse'"
            )

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        """A network whose weights are not yet initialised."""
        return Seq2Seq(config, task.vocabulary)

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        """The examples of a stream: `train`, `evaluation`, `test`, `alignment`, or `test at 20` for the sources of 20
        letters, if it is one of `TrainConfig.test_lengths`."""
        return (PairExamples if task.definition.from_files else Examples)(task, seed, stream, device)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        """Column name -> extra metric, over the next `size` examples. The model is in evaluation mode, without
        gradients."""
        return {}

    def is_solved(
        self,
        epochs: Sequence[Mapping[str, float]],
        stop_at: float,
        model: Seq2Seq,
        examples: Callable[[str], Examples],
    ) -> bool:
        """Whether a training with `stop_at` ends after these epochs, each with its metrics on the evaluation set. The
        model is in evaluation mode, without gradients; `examples`: the name of a stream -> its examples."""
        last = [epoch["levenshtein_accuracy"] for epoch in epochs[-2:]]
        return len(last) == 2 and min(last) >= stop_at


RECIPES: Registry[Recipe] = Registry("recipe", Recipe)
"""Name -> recipe. A study names one of them."""
RECIPES.add(Recipe.name, Recipe)
PLAIN = Recipe()
