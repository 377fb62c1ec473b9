"""The epochs of a training, from its beginning or from a checkpoint, and its scores."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.device import check_device
from seq2seq_core.evaluation.alignment import example_alignment, mean_alignment
from seq2seq_core.evaluation.evaluate import Evaluation, evaluate
from seq2seq_core.evaluation.metrics import average, average_by_length
from seq2seq_core.layers.losses import LOSSES
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.seeding import derive
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.training.checkpoint import pack, unpack
from seq2seq_core.training.result import Point, Result
from seq2seq_core.training.scheduled_sampling import Forcing
from seq2seq_core.training.state import Parts, identity_of
from seq2seq_core.training.step import build_model, make_optimizer, training_step


def train(
    model_config: ModelConfig,
    task: TaskConfig,
    training: TrainConfig,
    seed: int,
    device: str = "cpu",
    on_epoch: Callable[[Point], None] | None = None,
    *,
    recipe: Recipe = PLAIN,
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
    identity = identity_of(model_config, task, training, seed, device, recipe)
    brought = None if checkpoint is None else unpack(checkpoint, identity)
    started = time.perf_counter()
    model = build_model(model_config, task, seed, where, training, recipe)

    def stream(name: str) -> Examples:
        return recipe.examples(task, training, seed, name, where)

    parts = Parts(model, make_optimizer(model, training.learning_rate), stream("train"), Forcing(training, seed, where))
    points: list[Point] = []
    # torch's recurrent modules take dropout from the global generator: it is lent to the run, and given back.
    with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
        torch.manual_seed(derive(seed, "dropout"))
        if brought:
            started -= brought["seconds"]
            parts.restore(brought)
            for told in brought["points"]:
                points.append(Point(**told))
                if on_epoch:
                    on_epoch(points[-1])
            parts.restore_random(brought)  # after the telling: whoever hears may have drawn from it
        for epoch in range(len(points) + 1, training.epochs + 1):
            train_loss = _epoch(parts, training, epoch)
            evaluation = evaluate(model, stream("evaluation"), training.evaluation_size, recipe)
            point = _point(epoch, training, train_loss, evaluation)
            points.append(point)
            if on_epoch:
                on_epoch(point)
            if not point.finite:
                break
            if on_checkpoint:
                told = {"points": [asdict(point) for point in points], "seconds": time.perf_counter() - started}
                on_checkpoint(pack(identity, {**told, **parts.snapshot()}))
    finite = points[-1].finite
    test = evaluate(model, stream("test"), training.test_size, recipe) if finite else None
    return Result(
        status="done" if finite else "diverged",
        points=points,
        steps=points[-1].step,
        seconds=time.perf_counter() - started,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        test=average(test.scores) if test else None,
        by_length=average_by_length(test.scores) if test else {},
        measures=test.measures if test else {},
        alignment=example_alignment(model, stream("alignment")) if finite else None,
        mean_alignment=mean_alignment(model, stream("alignment"), recipe.chunk) if finite else None,
    )


def _epoch(parts: Parts, training: TrainConfig, epoch: int) -> float:
    """Trains for an epoch -> the mean loss of its steps."""
    parts.model.train()
    losses = []
    for step in range((epoch - 1) * training.steps_per_epoch, epoch * training.steps_per_epoch):
        batch = parts.examples.draw(training.batch_size)
        feeding = parts.forcing.feeding(step, batch.target)
        losses.append(
            training_step(parts.model, batch, parts.optimizer, training.clip_norm, LOSSES[training.loss], feeding)
        )
    return torch.stack(losses).mean().item()


def _point(epoch: int, training: TrainConfig, train_loss: float, evaluation: Evaluation) -> Point:
    accuracy = average(evaluation.scores)
    return Point(
        step=epoch * training.steps_per_epoch,
        epoch=epoch,
        train_loss=train_loss,
        eval_loss=evaluation.loss,
        levenshtein_accuracy=accuracy.levenshtein_accuracy,
        exact_match=accuracy.exact_match,
        measures=evaluation.measures,
    )
