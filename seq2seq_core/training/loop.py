"""The epochs of a training, from the beginning or from a checkpoint, each followed by an evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import torch

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.device import check_compiler, check_device
from seq2seq_core.evaluation.alignment import example_alignment, mean_alignment
from seq2seq_core.evaluation.evaluate import Evaluation, check_test_lengths, evaluate, evaluate_lengths
from seq2seq_core.evaluation.metrics import average, average_by_length
from seq2seq_core.examples import Examples
from seq2seq_core.layers.losses import LOSSES
from seq2seq_core.model.pre_layers import check_vocabulary
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.seeding import derive
from seq2seq_core.training.checkpoint import identity_of, restore, serialize, state_of
from seq2seq_core.training.result import EpochMetrics, Result
from seq2seq_core.training.scheduled_sampling import ScheduledSampling
from seq2seq_core.training.state import TrainingState, kept_epoch
from seq2seq_core.training.step import build_model, make_optimizer, training_step
from seq2seq_core.training.tracker import Tracker, Trackers
from seq2seq_core.training.trained_model import TrainedModel


def train(
    model_config: ModelConfig,
    task: TaskConfig,
    training: TrainConfig,
    seed: int,
    device: str = "cpu",
    on_epoch: Callable[[EpochMetrics], None] | None = None,
    *,
    recipe: Recipe = PLAIN,
    checkpoint: bytes | None = None,
    on_checkpoint: Callable[[bytes], None] | None = None,
    trackers: Sequence[Tracker] = (),
) -> Result:
    """Trains, evaluates after each epoch, and tests at the end. The result holds the trained model.

    It uses the threads that torch is set to. Small models train fastest on one thread: `torch.set_num_threads(1)`.

    Calls the trackers as `Tracker` describes, `on_epoch` with the metrics of each epoch, and after each epoch with
    finite losses `on_checkpoint` with bytes.
    Given these bytes as `checkpoint`, `train` calls `on_epoch` for the epochs in them, then continues. On a CPU the
    result equals that of an uninterrupted training bit for bit; on CUDA it is close, because cuDNN does not expose the
    random state of its dropout.

    Raises ConfigError if the device does not exist, a model to be compiled finds no compiler, pairs have `test_lengths`
    or the recipe refuses a setting, and CheckpointError if the checkpoint is damaged or belongs to another run.
    """
    torch_device = check_device(device)
    check_compiler(model_config, device)
    check_test_lengths(task, training)
    check_vocabulary(model_config, task.vocabulary)
    recipe.check(model_config, task, training)
    identity = identity_of(model_config, task, training, seed, device, recipe)
    saved = None if checkpoint is None else state_of(checkpoint, identity)
    started = time.perf_counter()
    model = build_model(model_config, task, seed, torch_device, training, recipe)

    def stream(name: str) -> Examples:
        return recipe.examples(task, training, seed, name, torch_device)

    state = TrainingState(
        model,
        make_optimizer(model, training.learning_rate, training.weight_decay),
        stream("train"),
        ScheduledSampling(training, seed, torch_device),
    )
    epochs: list[EpochMetrics] = []
    called = Trackers(trackers)

    def after_epoch(metrics: EpochMetrics) -> None:
        called.on_epoch(metrics)
        if on_epoch:
            on_epoch(metrics)

    @torch.no_grad()
    def is_solved() -> bool:
        if training.stop_at is None or not epochs:
            return False
        model.eval()
        return recipe.is_solved(
            [point.by_name | point.extra_metrics for point in epochs], training.stop_at, model, stream
        )

    settings = {**model_config.to_dict(), "task": task.task, **task.to_dict(), **training.to_dict()}
    with called.of({**settings, "seed": seed, "device": device, "recipe": recipe.name}):
        # Dropout in torch's recurrent modules uses the global generator. fork_rng restores the caller's afterwards.
        with torch.random.fork_rng(devices=[torch_device] if torch_device.type == "cuda" else []):
            # Not torch.manual_seed, which seeds all GPUs.
            torch.default_generator.manual_seed(derive(seed, "dropout"))
            if torch_device.type == "cuda":
                torch.cuda.manual_seed(derive(seed, "dropout"))
            if saved:
                started -= saved["seconds"]
                state.load(saved)
                for metrics in _saved_points(saved):
                    epochs.append(metrics)
                    after_epoch(metrics)
                state.load_random(saved)  # last, because on_epoch may have drawn random numbers
            while len(epochs) < training.epochs and not is_solved():
                train_loss = _train_epoch(state, training, epoch := len(epochs) + 1)
                evaluation = evaluate(model, stream("evaluation"), training.evaluation_size, recipe)
                epochs.append(_epoch_metrics(epoch, training, train_loss, evaluation))
                after_epoch(epochs[-1])
                if not epochs[-1].finite:
                    break
                if training.keep == "best" and _kept(training, epochs) == epoch:
                    state.keep_weights()
                if on_checkpoint:
                    progress = {"points": [asdict(one) for one in epochs], "seconds": time.perf_counter() - started}
                    on_checkpoint(serialize(identity, {**progress, **state.to_dict()}))
            state.restore_kept()
            model.zero_grad()  # the memory of the gradients, as the result holds the model
            trained = TrainedModel(model, model_config, task, training, recipe, seed, _kept(training, epochs))
            result = _result(trained, epochs, stream, started)
        called.result = result
    return result


def _saved_points(saved: Mapping[str, Any]) -> list[EpochMetrics]:
    """The metrics of the epochs in the state of a checkpoint."""
    points: list[EpochMetrics] = []
    restore("points", lambda: points.extend(EpochMetrics(**metrics) for metrics in saved["points"]))
    return points


def _result(
    trained: TrainedModel, epochs: list[EpochMetrics], stream: Callable[[str], Examples], started: float
) -> Result:
    """The result of a training that began at `started`, with the model's metrics on the test set unless it diverged."""
    model, training, recipe = trained.network, trained.training, trained.recipe
    parameters = sum(parameter.numel() for parameter in model.parameters())
    result = partial(Result, epochs=epochs, steps=epochs[-1].step, parameters=parameters)
    if not epochs[-1].finite:
        return result(status="diverged", seconds=time.perf_counter() - started)
    test = evaluate(model, stream("test"), training.test_size, recipe)
    further = evaluate_lengths(model, stream, training.test_lengths, recipe)
    return result(
        status="done",
        test=average(test.sequences),
        by_length=average_by_length([*zip(test.source_lengths, test.sequences, strict=True), *further]),
        extra_metrics=test.extra_metrics,
        alignment=example_alignment(model, stream("alignment")),
        mean_alignment=mean_alignment(model, stream("alignment"), recipe.evaluation_batch_size),
        model=trained,
        seconds=time.perf_counter() - started,  # with the evaluations above
    )


def _kept(training: TrainConfig, epochs: Sequence[EpochMetrics]) -> int:
    return kept_epoch(training, [point.exact_match for point in epochs])


def _train_epoch(state: TrainingState, training: TrainConfig, epoch: int) -> float:
    """Trains for an epoch -> the mean loss of its steps."""
    state.model.train()
    loss = LOSSES[training.loss]
    losses = []
    for step in range((epoch - 1) * training.steps_per_epoch, epoch * training.steps_per_epoch):
        batch = state.examples.draw(training.batch_size)
        feeding = state.sampling.feeding(step, batch.target)
        losses.append(training_step(state.model, batch, state.optimizer, training.clip_norm, loss, feeding))
    return torch.stack(losses).mean().item()


def _epoch_metrics(epoch: int, training: TrainConfig, train_loss: float, evaluation: Evaluation) -> EpochMetrics:
    accuracy = average(evaluation.sequences)
    return EpochMetrics(
        step=epoch * training.steps_per_epoch,
        epoch=epoch,
        train_loss=train_loss,
        eval_loss=evaluation.loss,
        levenshtein_accuracy=accuracy.levenshtein_accuracy,
        exact_match=accuracy.exact_match,
        extra_metrics=evaluation.extra_metrics,
    )
