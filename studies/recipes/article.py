"""The slips of the article's code, each a switch, so that a study can add one alone to a correct training.

They live here and not in the core: nothing but the study `article` wants them. What they are was read in the code that
the article describes (repository b-etienne/Seq2seq-PyTorch, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from studies.recipes.article_data import FixedStrings
from studies.recipes.article_metric import article_accuracy
from studies.recipes.article_model import SlotAdditive, StuckDecoder

SLIPS = {
    "stuck_state": "without attention, each step's new state is bound to a name that the loop never reads again: every "
    "step starts from the encoder's last state",
    "three_letters": "letters are drawn from all but the last of the alphabet",
    "fixed_strings": "the strings of the first epoch, in the same batches, are those of every epoch",
    "va_per_slot": "the additive score's vector v is another one for each slot of the batch",
}
"""Name -> what is done; `article_accuracy`, the flattened and diluted metric, is measured for every arm."""


class ArticleRecipe(Recipe, name="article"):
    """A training with some of the slips, or with none; measured by the article's metric too."""

    measures = ("article_accuracy",)

    def __init__(self, slips: Sequence[str], score: str | None) -> None:
        """`score` is the network's. ConfigError for a slip that there is not, or one in a part that it has not."""
        for slip in slips:
            if slip not in SLIPS:
                raise ConfigError(f"unknown slip {slip!r}; {suggest(slip, SLIPS)}")
        if "stuck_state" in slips and score is not None:
            raise ConfigError(f"slip 'stuck_state': score is {score!r}; expected none: it is in the decoder without")
        if "va_per_slot" in slips and score != "additive":
            raise ConfigError(f"slip 'va_per_slot': score is {score!r}; expected 'additive', which has the vector")
        self._slips = frozenset(slips)
        self.name = " ".join(["article", *sorted(slips)])

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        model = super().model(config, task, training)
        if "stuck_state" in self._slips:
            model.decoder = StuckDecoder(config, task.vocabulary)
        if "va_per_slot" in self._slips:
            model.decoder.score = SlotAdditive(config, training.batch_size)
        return model

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        examples = super().examples(task, training, seed, stream, device)
        if "three_letters" in self._slips:
            examples.letters -= 1
        if "fixed_strings" in self._slips and stream == "train":
            return FixedStrings(examples, training)
        return examples

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        return {"article_accuracy": article_accuracy(model, examples, size)}
