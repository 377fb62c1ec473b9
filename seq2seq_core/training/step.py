"""One step of gradient descent, and what it needs: a network with initial weights, and an optimizer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers.feeding import Feeding
from seq2seq_core.layers.losses import Loss, cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.seeding import initialise
from seq2seq_core.training.adam import Adam, clip_gradients

_DEFAULTS = TrainConfig()


def build_model(
    config: ModelConfig,
    task: TaskConfig,
    seed: int,
    device: torch.device,
    training: TrainConfig = _DEFAULTS,
    recipe: Recipe = PLAIN,
) -> Seq2Seq:
    """The recipe's model with the seed's initial weights. Leaves torch's global random state unchanged."""
    with torch.random.fork_rng(devices=[]):
        model = recipe.model(config, task, training)
    initialise(model, seed)
    return model.to(device)


def make_optimizer(model: nn.Module, learning_rate: float, weight_decay: float = 0.0) -> Adam:
    """Adam, which updates all parameters in one call."""
    return Adam(model.parameters(), learning_rate, weight_decay)


def training_step(
    model: Seq2Seq,
    batch: Batch,
    optimizer: Adam | torch.optim.Optimizer,
    clip_norm: float | None,
    loss: Loss = cross_entropy,
    feeding: Feeding | None = None,
) -> Tensor:
    """One step, teacher-forced unless `feeding` is given -> the batch's loss before it, detached, on the device."""
    optimizer.zero_grad()
    logits = model(batch.source, batch.source_lengths, batch.target, feeding, batch.target_lengths)
    value = loss(logits, batch.target)
    torch.autograd.backward(value)
    if clip_norm is not None:
        clip_gradients(model.parameters(), clip_norm)
    optimizer.step()
    return value.detach()
