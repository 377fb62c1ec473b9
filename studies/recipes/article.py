"""The recipe `article`: the slips (errors) of the article's code, each a switch, and the article's metric.

A study can add each slip alone to a correct training. The slips were read in the code that the article describes
(repository b-etienne/Seq2seq-PyTorch, 2018). They are here and not in the core, because only the study `article` uses
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import editdistance
import torch
from torch import Tensor, nn

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import RunCell
from seq2seq_core.layers.scores import Score
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Advanced, Carry, Decoder
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.recipe import Recipe
from seq2seq_core.tokens import PAD
from studies.recipes.fixed_batches import FixedBatches

SLIPS = {
    "stuck_state": "without attention, the new state of each step is bound to a name that the loop never reads: every "
    "step starts from the encoder's last state",
    "three_letters": "letters are drawn from all but the last letter of the alphabet",
    "fixed_strings": "every epoch trains on the strings of the first epoch, in the same batches",
    "va_per_slot": "the additive score has another vector v for each slot of the batch",
}
"""Name -> effect. The article's metric is not a slip: it is measured for every arm."""
METRIC_BATCH = 30
"""Batch size of `article_accuracy`, as in the article's code."""


class ArticleRecipe(Recipe, name="article"):
    """A training with any of the slips, also measured by the article's metric."""

    extra_metrics = ("article_accuracy",)

    def __init__(self, slips: Sequence[str], score: str | None) -> None:
        """`score` is that of the model. ConfigError for an unknown slip, or a slip that does not apply to the model."""
        for slip in slips:
            if slip not in SLIPS:
                raise ConfigError(f"unknown slip {slip!r}; {suggest(slip, SLIPS)}")
        if "stuck_state" in slips and score is not None:
            raise ConfigError(f"slip 'stuck_state': score is {score!r}; expected none, as the slip needs no attention")
        if "va_per_slot" in slips and score != "additive":
            raise ConfigError(f"slip 'va_per_slot': score is {score!r}; expected 'additive', which has the vector v")
        self._slips = frozenset(slips)
        self.name = " ".join(["article", *sorted(slips)])

    @classmethod
    def restored(cls, name: str, config: ModelConfig) -> ArticleRecipe:
        return cls(name.split()[1:], config.score)

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        if "three_letters" in self._slips and task.letters < 2:
            raise ConfigError(
                f"slip 'three_letters': letters is {task.letters}; expected at least 2, as it leaves one out"
            )

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
            return FixedBatches(examples, [examples.draw(training.batch_size) for _ in range(training.steps_per_epoch)])
        return examples

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        return {"article_accuracy": article_accuracy(model, examples, size)}


class StuckDecoder(Decoder):
    """A decoder whose state never advances: its steps differ only in the input token."""

    @property
    def stepwise(self) -> bool:
        return True

    def advance(self, inputs: Tensor, carry: Carry, memory: Memory | None, run: RunCell | None = None) -> Advanced:
        features, weights, _ = super().advance(inputs, carry, memory, run)
        return features, weights, carry


class SlotAdditive(Score):
    """e = v_b . tanh(W q + U h) with a vector v_b for each row b of the batch: the batch size is part of the model.

    In a larger batch the vectors repeat. The article's code does not initialise v; here it is initialised like a
    weight.
    """

    def __init__(self, config: ModelConfig, slots: int) -> None:
        size = config.hidden_size
        super().__init__(size, config.compared_size, size)
        self.query = nn.Linear(size, size, bias=False)
        self.key = nn.Linear(config.compared_size, size, bias=False)
        self.slots = nn.Parameter(torch.empty(slots, size))

    def project_keys(self, values: Tensor) -> Tensor:
        """(B,S,C) -> (B,S,K)"""
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """(B,T,Q), (B,S,K) -> (B,T,S)"""
        hidden = torch.tanh(self.query(query).unsqueeze(2) + keys.unsqueeze(1))  # (B,T,S,K)
        slot = torch.arange(keys.size(0), device=keys.device) % self.slots.size(0)
        return (hidden @ self.slots[slot].view(-1, 1, hidden.size(-1), 1)).squeeze(-1)


@torch.no_grad()
def article_accuracy(model: Seq2Seq, examples: Examples, size: int) -> float:
    """1 - edit distance / length over a flattened batch, padding and EOS included; the mean over batches.

    The prediction is free-running, has as many tokens as the longest target of its batch, and is set to padding where
    the target is padding. So padding counts as correct, and an error in one sequence can be compensated in the next
    one. An incomplete last batch is left out, unless it is the only batch.
    """
    model.eval()
    accuracies = []
    for _ in range(max(1, size // METRIC_BATCH)):
        batch = examples.draw(min(METRIC_BATCH, size))
        order = batch.source_lengths.argsort(descending=True)  # as the article's batches; it changes few edits
        steps = batch.target.size(1)
        tokens = model.greedy(batch.source, batch.source_lengths, steps, until_end=False, keep_weights=False).tokens
        mask = mask_from_lengths(batch.target_lengths, steps, tokens.device)  # (B,T)
        predicted = tokens.masked_fill(~mask, PAD)[order].flatten().tolist()
        target = batch.target[order].flatten().tolist()
        accuracies.append(1.0 - editdistance.eval(predicted, target) / len(target))
    return fmean(accuracies)
