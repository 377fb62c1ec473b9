"""From a configuration and a seed to a trained and scored network: the same seed gives the same figures on a CPU, bit
for bit.

Every example is drawn afresh, so there is no training set to overfit. Three sets never meet: what is trained on, what
is scored after each epoch, and what is scored once at the end and reported as the run's result.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from seq2seq_core.checkpoint import pack, unpack
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.device import check_device
from seq2seq_core.evaluation import Alignment, evaluate, example_alignment
from seq2seq_core.metrics import Accuracy, average, average_by_length
from seq2seq_core.seeding import derive, initialise
from seq2seq_core.seq2seq import Seq2Seq, sequence_loss
from seq2seq_core.tasks import Batch, Examples, vocabulary


@dataclass(frozen=True)
class Point:
    """The figures after one epoch; accuracies are free-running, losses teacher-forced, in nats a token."""

    step: int
    epoch: int
    """Completed epochs, from 1"""
    train_loss: float
    """The mean over the epoch's steps"""
    eval_loss: float
    levenshtein_accuracy: float
    exact_match: float

    @property
    def finite(self) -> bool:
        """False of the epoch in which a training diverged, its last; its accuracies mean nothing."""
        return math.isfinite(self.train_loss) and math.isfinite(self.eval_loss)


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    status: str
    """done, or diverged: the loss was no longer finite"""
    points: list[Point]
    steps: int
    seconds: float
    """Wall time of training and scoring; no measure of speed, which needs an interleaved baseline"""
    parameters: int
    test: Accuracy | None
    """Free-running, on sequences used for nothing else; None if diverged"""
    by_length: dict[int, Accuracy]
    """The same, for each length of the target"""
    alignment: Alignment | None
    """One example's attention weights; None without attention, or if diverged"""


def build_model(config: ModelConfig, task: TaskConfig, seed: int, device: torch.device) -> Seq2Seq:
    """A model with the seed's initial weights; torch's global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        model = Seq2Seq(config, vocabulary(task))
    initialise(model, seed)
    return model.to(device)


def make_optimizer(model: Seq2Seq, learning_rate: float) -> torch.optim.Optimizer:
    """Adam (Kingma and Ba 2015), all parameters updated by one kernel."""
    return torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)


def training_step(model: Seq2Seq, batch: Batch, optimizer: torch.optim.Optimizer, clip_norm: float | None) -> Tensor:
    """One teacher-forced step of gradient descent -> the batch's loss before it, detached, still on the device."""
    optimizer.zero_grad(set_to_none=True)
    loss = sequence_loss(model(batch.source, batch.source_lengths, batch.target), batch.target)
    torch.autograd.backward(loss)
    if clip_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return loss.detach()


def train(
    model_config: ModelConfig,
    task: TaskConfig,
    training: TrainConfig,
    seed: int,
    device: str = "cpu",
    on_epoch: Callable[[Point], None] | None = None,
    *,
    checkpoint: bytes | None = None,
    on_checkpoint: Callable[[bytes], None] | None = None,
) -> Result:
    """Trains, and scores after each epoch; `on_epoch` hears of each point as it comes.

    After each epoch with finite losses `on_checkpoint` gets bytes. Given them as `checkpoint`, a training tells their
    points again, goes on from there, and on a CPU comes to the same bits as one that was never cut off; on CUDA to
    close ones, since cuDNN keeps the random state of its dropout to itself.

    Raises ConfigError if the device is not there, CheckpointError if the checkpoint is damaged or of another run.
    """
    where = check_device(device)
    settings = {**model_config.to_dict(), **task.to_dict(), **training.to_dict()}
    identity = {**settings, "seed": seed, "device": device, "torch": str(torch.__version__)}
    brought = None if checkpoint is None else unpack(checkpoint, identity)
    started = time.perf_counter()
    model = build_model(model_config, task, seed, where)
    optimizer = make_optimizer(model, training.learning_rate)
    examples = Examples(task, seed, "train", where)
    points: list[Point] = []
    # torch's recurrent modules take dropout from the global generator: it is lent to the run, and given back.
    with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
        torch.manual_seed(derive(seed, "dropout"))
        if brought:
            started -= brought["seconds"]
            for point in brought["points"]:
                points.append(Point(**point))
                if on_epoch:
                    on_epoch(points[-1])
            _restore(brought, model, optimizer, examples)
        for epoch in range(len(points) + 1, training.epochs + 1):
            point = _epoch(model, optimizer, examples, training, seed, epoch)
            points.append(point)
            if on_epoch:
                on_epoch(point)
            if not point.finite:
                break
            if on_checkpoint:
                told = {"points": [asdict(point) for point in points], "seconds": time.perf_counter() - started}
                on_checkpoint(pack(identity, {**told, **_snapshot(model, optimizer, examples)}))
    finite = points[-1].finite
    _, scores = evaluate(model, task, seed, "test", training.test_size, where) if finite else (math.nan, [])
    return Result(
        status="done" if finite else "diverged",
        points=points,
        steps=points[-1].step,
        seconds=time.perf_counter() - started,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        test=average(scores) if finite else None,
        by_length=average_by_length(scores),
        alignment=example_alignment(model, task, seed, where) if finite else None,
    )


def _epoch(
    model: Seq2Seq,
    optimizer: torch.optim.Optimizer,
    examples: Examples,
    training: TrainConfig,
    seed: int,
    epoch: int,
) -> Point:
    model.train()
    losses = [
        training_step(model, examples.draw(training.batch_size), optimizer, training.clip_norm)
        for _ in range(training.steps_per_epoch)
    ]
    train_loss = torch.stack(losses).mean().item()
    eval_loss, scores = evaluate(model, examples.task, seed, "evaluation", training.evaluation_size, examples.device)
    accuracy = average(scores)
    return Point(
        step=epoch * training.steps_per_epoch,
        epoch=epoch,
        train_loss=train_loss,
        eval_loss=eval_loss,
        levenshtein_accuracy=accuracy.levenshtein_accuracy,
        exact_match=accuracy.exact_match,
    )


def _snapshot(model: Seq2Seq, optimizer: torch.optim.Optimizer, examples: Examples) -> dict[str, Any]:
    """All that the next epoch depends on."""
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "examples": examples.get_state(),
        "cpu_random": torch.get_rng_state(),
        "cuda_random": torch.cuda.get_rng_state() if examples.device.type == "cuda" else None,
    }


def _restore(snapshot: dict[str, Any], model: Seq2Seq, optimizer: torch.optim.Optimizer, examples: Examples) -> None:
    model.load_state_dict(snapshot["model"])
    optimizer.load_state_dict(snapshot["optimizer"])
    examples.set_state(snapshot["examples"])
    torch.set_rng_state(snapshot["cpu_random"])
    if examples.device.type == "cuda":
        torch.cuda.set_rng_state(snapshot["cuda_random"])
