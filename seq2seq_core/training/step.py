"""One step of gradient descent, and what it takes: a network with its first weights, and an optimizer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.feeding import Feeding
from seq2seq_core.layers.losses import Loss, cross_entropy
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.seeding import initialise
from seq2seq_core.tasks.reverse import Batch

_DEFAULTS = TrainConfig()


def build_model(
    config: ModelConfig,
    task: TaskConfig,
    seed: int,
    device: torch.device,
    training: TrainConfig = _DEFAULTS,
    recipe: Recipe = PLAIN,
) -> Seq2Seq:
    """The recipe's model with the seed's initial weights; torch's global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        model = recipe.model(config, task, training)
    initialise(model, seed)
    return model.to(device)


def make_optimizer(model: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """Adam (Kingma and Ba 2015), all parameters updated by one kernel."""
    return torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)


def training_step(
    model: Seq2Seq,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    clip_norm: float | None,
    loss: Loss = cross_entropy,
    feeding: Feeding | None = None,
) -> Tensor:
    """One step, teacher-forced or with `feeding` what that says -> the batch's loss before it, detached, still on the
    device."""
    optimizer.zero_grad(set_to_none=True)
    logits = model(batch.source, batch.source_lengths, batch.target, feeding, batch.target_lengths)
    value = loss(logits, batch.target)
    torch.autograd.backward(value)
    if clip_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return value.detach()
