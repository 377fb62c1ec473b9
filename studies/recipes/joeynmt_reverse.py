"""The recipe `joeynmt_reverse`: model, data and BLEU of the task `reverse` of joeynmt (tutorial of 2019)."""

from __future__ import annotations

import importlib.util
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Examples
from seq2seq_core.layers.cells import Cell, State
from seq2seq_core.layers.linear import Linear
from seq2seq_core.model.decoder import Decoder
from seq2seq_core.model.pre_layers import PreLayers
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import Recipe
from seq2seq_core.seeding import generator
from seq2seq_core.tokens import EOS
from studies.recipes.similar_lengths import SimilarLengths

DROPOUT = 0.1
"""Of the inputs of each recurrent layer and of the attentional layer"""
TRAINING_STRINGS = 50_000
LONGEST = 30
"""Letters of the longest string of the evaluation and the test set, and tokens after which decoding stops for BLEU"""


class JoeynmtReverse(Recipe, name="joeynmt_reverse"):
    """The published model and a training set of fixed size, whose batches have strings of similar lengths; measured by
    BLEU, which needs sacrebleu."""

    extra_metrics = ("bleu",)

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        self.check_drawn(task)
        if importlib.util.find_spec("sacrebleu") is None:
            raise ConfigError("recipe 'joeynmt_reverse' needs sacrebleu; expected pip install --editable '.[bleu]'")
        if not config.attentional_layer or config.layers > 1 or config.dense_layers or config.conv_layers:
            raise ConfigError(
                f"recipe 'joeynmt_reverse': attentional_layer {config.attentional_layer}, layers {config.layers}, "
                f"dense_layers {config.dense_layers}, conv_layers {config.conv_layers}; expected true, 1, 0 and 0"
            )
        if config.query != "current":  # the kernel of attention first has no dropout
            raise ConfigError(f"recipe 'joeynmt_reverse': query {config.query!r}; expected 'current'")
        if task.max_length > LONGEST:
            raise ConfigError(
                f"recipe 'joeynmt_reverse': max_length {task.max_length}; expected at most {LONGEST}, the longest "
                "string of the evaluation"
            )

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        return JoeynmtModel(config, task.vocabulary)

    def examples(
        self, task: TaskConfig, training: TrainConfig, seed: int, stream: str, device: torch.device
    ) -> Examples:
        if stream in ("evaluation", "test"):
            task = task.replace({"max_length": LONGEST})
        examples = super().examples(task, training, seed, stream, device)
        if stream != "train":
            return examples
        order = generator(seed, "train order", torch.device("cpu"))
        return SimilarLengths(examples, TRAINING_STRINGS, training.batch_size, order)

    def measure(self, model: Seq2Seq, examples: Examples, size: int) -> dict[str, float]:
        predicted: list[str] = []
        targets: list[str] = []
        for batch in examples.batches(size, self.evaluation_batch_size):
            decoded = model.greedy(batch.source, batch.source_lengths, LONGEST, keep_weights=False)
            predicted += [_words(tokens) for tokens in decoded.predictions]
            targets += [_words(tokens[: tokens.index(EOS)]) for tokens in batch.target.tolist()]
        return {"bleu": bleu(predicted, targets)}


def bleu(predicted: list[str], targets: list[str]) -> float:
    """The BLEU of a corpus of sentences, from 0 to 100. Words are between spaces, as in the published code of 2019; the
    tokenizer of later versions (13a) would not change words of digits."""
    import sacrebleu

    return float(sacrebleu.corpus_bleu(predicted, [targets], tokenize="none", force=True).score)


def _words(tokens: list[int]) -> str:
    return " ".join(map(str, tokens))


class JoeynmtModel(Seq2Seq):
    """With dropout, a bias in the attentional layer and none in the readout."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__(config, vocabulary)
        self.encoder.prelayers = InputDropout(config, config.embedding_size)
        self.decoder = JoeynmtDecoder(config, vocabulary)

    @torch.no_grad()
    def initial_values(self, generator: torch.Generator) -> None:
        """Embeddings from a normal distribution of deviation 0.1; other matrices Xavier-uniform, each gate by itself;
        biases stay zero."""
        for module in self.modules():
            for parameter in module.parameters(recurse=False):
                if isinstance(module, nn.Embedding):
                    nn.init.normal_(parameter, std=0.1, generator=generator)
                elif parameter.ndim > 1:
                    for gate in parameter.chunk(module.gates if isinstance(module, Cell) else 1):
                        nn.init.xavier_uniform_(gate, generator=generator)


class InputDropout(PreLayers):
    """Dropout of the encoder's embeddings, in place of layers before the recurrence."""

    def __len__(self) -> int:
        return 1

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """(B,S,E)"""
        return functional.dropout(inputs, DROPOUT, self.training)


class JoeynmtDecoder(Decoder):
    """A decoder with dropout, which the kernels do not have: in training its steps run one after another."""

    stepwise: ClassVar[bool] = True

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__(config, vocabulary)
        size = config.hidden_size
        self.attentional = DroppedLinear(config.value_size + size, size)
        self.output = Linear(size, vocabulary, bias=False)

    def _run_cell(self, embedded: Tensor, others: list[Tensor], state: State) -> tuple[Tensor, State]:
        dropped = [functional.dropout(one, DROPOUT, self.training) for one in (embedded, *others)]
        return super()._run_cell(dropped[0], dropped[1:], state)


class DroppedLinear(Linear):
    """W dropout(x) + b."""

    def forward(self, input: Tensor) -> Tensor:
        """(...,C) -> (...,M)"""
        return super().forward(functional.dropout(input, DROPOUT, self.training))
