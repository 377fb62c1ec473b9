"""The recipe `wang2023`: the model and the training data of Wang 2023 ("Learning Transductions and Alignments with RNN
Seq2seq Models", ICGI 2023; code: jaaack-wang/rnn-seq2seq-learning, commit 89195b2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.evaluation.evaluate import batch_metrics, decoding_limit
from seq2seq_core.examples import Examples
from seq2seq_core.layers.scores.additive import Additive
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from studies.recipes.fixed_batches import FixedBatches

NEVER = -1e9
"""The logit of padding, which the published model does not have"""


class Wang2023(Recipe, name="wang2023"):
    """Batches of strings of one length, the same ones in the same order in each pass; two more metrics."""

    extra_metrics = ("first_n", "overlap")
    sequences_at_a_length = 5000
    stops = (
        "after the first evaluation with an exact match of 100% on the evaluation set, or of at least stop_at there "
        "and of 99.99% on the training data"
    )

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        self.check_drawn(task)
        if config.score not in (None, "additive") or config.embedding != "learnt":
            raise ConfigError(
                f"recipe 'wang2023': score {config.score!r} and embedding {config.embedding!r} are refused; expected "
                "'additive' or none, and 'learnt', as in the published model"
            )

    def is_solved(
        self,
        epochs: Sequence[Mapping[str, float]],
        stop_at: float,
        model: Seq2Seq,
        examples: Callable[[str], Examples],
    ) -> bool:
        """The published code ends at or above both thresholds; the paper says above."""
        exact = epochs[-1]["exact_match"]
        return exact == 1 or (exact >= stop_at and self._fits(model, examples("train")))

    def _fits(self, model: Seq2Seq, examples: Examples) -> bool:
        """Whether at most one of 10,000 strings of the training data is wrong."""
        assert isinstance(examples, FixedBatches)
        limit = decoding_limit(examples.task, examples.task.max_length)
        total = sum(len(batch.source) for batch in examples.one_pass)
        wrong = 0
        for batch in reversed(examples.one_pass):  # errors are likelier in long strings, so that one pass ends early
            for part in batch.split(self.evaluation_batch_size):
                wrong += sum(not one.exact_match for one in batch_metrics(model, part, examples.task, limit))
                if 10_000 * wrong > total:
                    return False
        return True

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        return Wang2023Model(config, task.vocabulary)

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        """The training data are one batch of each length, from the shortest to the longest; other streams are drawn."""
        examples = super().examples(task, training, seed, stream, device)
        if stream != "train":
            return examples
        lengths = range(task.min_length, task.max_length + 1)
        return FixedBatches(
            examples, [examples.draw_lengths(torch.full((training.batch_size,), length)) for length in lengths]
        )


class Wang2023Model(Seq2Seq):
    """A network with the parameters of the published one.

    Its vocabulary has no padding, so the rows of padding in the embeddings and in the readout are constants here. Its
    additive score has a bias. A decoder without attention has the parameters of the score too, and does not use them.
    """

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__(config, vocabulary)
        size = config.hidden_size
        score = Additive(size, config.compared_size, size, bias=True)
        self.decoder.score = score if config.score else None
        self.unused = None if config.score else score
        for module in (self.encoder.embedding, self.decoder.embedding, self.decoder.output):
            parametrize.register_parametrization(module, "weight", WithoutPadding(0.0))
        parametrize.register_parametrization(self.decoder.output, "bias", WithoutPadding(NEVER))

    @torch.no_grad()
    def initial_values(self, generator: torch.Generator) -> None:
        """Xavier-uniform matrices; biases stay zero. The two matrices of the score are one in the published code."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter, generator=generator)
        for score in [module for module in self.modules() if isinstance(module, Additive)]:
            query, keys = score.query.weight, score.key.weight
            joined = nn.init.xavier_uniform_(torch.cat([query, keys], dim=1), generator=generator)
            query.copy_(joined[:, : query.size(1)])
            keys.copy_(joined[:, query.size(1) :])


class WithoutPadding(nn.Module):
    """Parameters (V-1,...) of all tokens but padding, which is token 0 and has a constant in their place."""

    def __init__(self, constant: float) -> None:
        super().__init__()
        self._constant = constant

    def forward(self, rows: Tensor) -> Tensor:
        """(V-1,...) -> (V,...)"""
        return functional.pad(rows, (0, 0) * (rows.ndim - 1) + (1, 0), value=self._constant)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """(V,...) -> (V-1,...)"""
        return weight[1:]
