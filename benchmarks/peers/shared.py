"""What both sides of a comparison use, so that neither has an advantage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from benchmarks.suites.shared import examples
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Batch
from seq2seq_core.seeding import initialise
from seq2seq_core.tokens import SOS
from seq2seq_core.training import build_model, make_optimizer, training_step
from seq2seq_core.training.adam import clip_gradients

CPU = torch.device("cpu")
TRAINING = TrainConfig()

GENERAL = ModelConfig(
    score="general", packing="padded_exact", bidirectional=True, bridge="projected", attentional_layer=True
)
"""The wiring of joeynmt's decoder with Luong's attention. The encoder of that library always has two directions, and
the first state of its decoder is the tanh of a projection."""
ADDITIVE_FIRST = GENERAL.replace({"score": "additive", "query": "previous"})
ONE_WAY = {"bidirectional": False, "bridge": "last"}
"""The settings in which eole's recurrent model differs from `GENERAL`."""


def sized(config: ModelConfig, size: int, cell: str = GENERAL.cell) -> ModelConfig:
    return config.replace({"cell": cell, "embedding_size": size, "hidden_size": size})


def named(name: str, cell: str) -> str:
    """The name of a case; that of a GRU does not contain the cell, as in tables from before there were others."""
    return name if cell == GENERAL.cell else f"{name}, {cell}"


def draw(task: TaskConfig, batch: int) -> Batch:
    """A batch, sorted by falling source length, as joeynmt's encoder requires."""
    drawn = examples(task, CPU).draw(batch)
    order = drawn.source_lengths.argsort(descending=True, stable=True)
    return Batch(drawn.source[order], drawn.source_lengths[order], drawn.target[order], drawn.target_lengths[order])


def our_training_step(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    model = build_model(config, task, seed=0, device=CPU)
    optimizer = make_optimizer(model, TRAINING.learning_rate)
    return lambda: training_step(model, batch, optimizer, TRAINING.clip_norm)


def peer_training_step(model: nn.Module, loss: Callable[[], Tensor]) -> Workload:
    """A training step of a peer, with the optimizer, clipping and initialisation of `training_step`."""
    initialise(model, seed=0)
    optimizer = make_optimizer(model, TRAINING.learning_rate)
    assert TRAINING.clip_norm is not None
    clip_norm = TRAINING.clip_norm

    def run() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(loss())
        clip_gradients(model.parameters(), clip_norm)
        optimizer.step()

    return run


def tokens_of(batch: Batch) -> Iterator[Tensor]:
    """Source (B,S), input of the decoder (B,T), and target (B,T)."""
    yield batch.source
    yield nn.functional.pad(batch.target[:, :-1], (1, 0), value=SOS)
    yield batch.target
