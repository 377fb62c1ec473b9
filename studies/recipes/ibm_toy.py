"""The recipe `ibm_toy`: the model and the metrics of the toy example of IBM/pytorch-seq2seq (commit f146087)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.evaluation.predict import predict
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.feeding import Feeding
from seq2seq_core.layers.linear import Linear
from seq2seq_core.model.bridge import Bridges
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.tokens import PAD

EXAMPLE = "bdfhj"
"""1 3 5 7 9, with a for 0"""
RANGE = 0.08
"""All parameters start uniformly between minus and plus this."""
PLAIN_WIRING = {"bridge": "last", "query": "current", "input_feeding": False, "mlp": False}
"""Settings of the model that are not varied. The bridge is one of its own."""


class IbmToy(Recipe, name="ibm_toy"):
    """The published model, its perplexity, and whether it reverses the example."""

    extra_metrics = ("perplexity", "example")

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        self.check_drawn(task)
        sizes = config.hidden_size, config.embedding_size
        if not config.attentional_layer or config.bidirectional or config.layers > 1 or any(size % 2 for size in sizes):
            raise ConfigError(
                f"recipe 'ibm_toy': attentional_layer {config.attentional_layer}, bidirectional "
                f"{config.bidirectional}, layers {config.layers}, sizes {sizes}; expected true, false, 1 and even "
                "sizes, half of which each direction of the encoder has"
            )
        given = {name: getattr(config, name) for name in PLAIN_WIRING}
        if given != PLAIN_WIRING:
            both = [", ".join(f"{name} {value}" for name, value in one.items()) for one in (given, PLAIN_WIRING)]
            raise ConfigError(f"recipe 'ibm_toy': {both[0]}; expected {both[1]}")
        task.encode(EXAMPLE)  # ConfigError for an alphabet without its letters

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        return IbmToyModel(config, task.vocabulary)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        (predicted,) = predict(model, examples.task, [EXAMPLE], examples.device)
        return {
            "perplexity": perplexity(model, examples, size),
            "example": float(predicted == examples.task.encode(EXAMPLE[::-1])),
        }


def perplexity(model: Seq2Seq, examples: Examples, size: int) -> float:
    """The exponential of the mean negative log-likelihood of the true tokens, EOS included, of a model that is fed its
    own predictions."""
    loss, tokens = 0.0, 0
    for batch in examples.batches(size, Recipe.evaluation_batch_size):
        free = Feeding(torch.zeros_like(batch.target, dtype=torch.bool), _most_likely)
        logits = model(batch.source, batch.source_lengths, batch.target, free)
        loss += functional.cross_entropy(logits.mT, batch.target, ignore_index=PAD, reduction="sum").item()
        tokens += int(batch.target_lengths.sum())
    return math.exp(min(loss / tokens, 100.0))


def _most_likely(logits: Tensor, embeddings: Tensor) -> Tensor:
    """logits (B,1,V), embeddings (V,E) -> the embedding (B,1,E) of the most likely token."""
    return functional.embedding(logits.argmax(dim=-1), embeddings)


class IbmToyModel(Seq2Seq):
    """Each direction of the encoder has half of the decoder's size, and its embeddings too; the decoder starts from the
    last states of both, side by side. The attentional layer has a bias."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__(config, vocabulary)
        halves = {"hidden_size": config.hidden_size // 2, "embedding_size": config.embedding_size // 2}
        alone = {"bidirectional": True, "score": None, "attentional_layer": False, "compile": False}
        self.encoder = Encoder(config.replace({**halves, **alone}), vocabulary)
        self.encoder.bridges = SideBySide(config)
        self.decoder.attentional = Linear(config.value_size + config.hidden_size, config.hidden_size)

    @torch.no_grad()
    def initial_values(self, generator: torch.Generator) -> None:
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -RANGE, RANGE, generator=generator)


class SideBySide(Bridges):
    """The last states of two directions become one state of twice the size."""

    def forward(self, state: State) -> State:
        """(2,B,H) each -> (1,B,2 H) each"""
        return tuple(torch.cat([*tensor], dim=-1).unsqueeze(0) for tensor in state)
