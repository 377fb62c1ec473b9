"""Training steps of complete models: forward, loss, backward, clipping and Adam's update.

The suite compares models without and with attention, and the packings of the encoder. `additive_previous` attends
before the cell (Bahdanau's order), so its decoder runs step by step; the others decode the target in parallel.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.own_data import task_of
from benchmarks.suites.own_pairs import own_batch, suite_profile
from benchmarks.suites.shared import ADDITIVE_COMPILED, batch_case, examples, skip_without_compiler
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers.losses import LOSSES
from seq2seq_core.training import build_model, make_optimizer, training_step
from seq2seq_core.training.scheduled_sampling import ScheduledSampling

BATCH = 32
TRAINING = TrainConfig()
ARMS = {
    "none": ModelConfig(score=None),
    "general": ModelConfig(score="general"),
    "additive": ModelConfig(score="additive"),
    "additive_previous": ModelConfig(score="additive", query="previous"),
    ADDITIVE_COMPILED: ModelConfig(score="additive", compile=True),
    "packed": ModelConfig(score="general", packing="packed"),
    "padded_exact": ModelConfig(score="general", packing="padded_exact"),
}
BASELINES = {
    "packed": ("packed", "padded_exact"),
    "none": ("none", "general", "additive", "additive_previous", ADDITIVE_COMPILED),
}
"""Baseline -> the arms that are compared with it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = suite_profile(metafunc.config)
    tasks = [
        own if own.definition.from_files else TaskConfig(min_length=shortest, max_length=longest)
        for own in [task_of(metafunc.config)]
        for shortest, longest in profile.training_lengths
    ]
    metafunc.parametrize("size", profile.hidden_sizes, ids="hidden-{}".format)
    metafunc.parametrize("task", tasks, ids=lambda task: f"{task.min_length}-{task.max_length}")
    metafunc.parametrize(
        ("baseline", "arm"), [(baseline, arm) for baseline in BASELINES for arm in BASELINES[baseline]]
    )


def bench_training(
    compare: Compare, device: torch.device, size: int, task: TaskConfig, baseline: str, arm: str
) -> None:
    batch = own_batch(task, BATCH, device) if task.definition.from_files else examples(task, device).draw(BATCH)
    sizes = {"embedding_size": size, "hidden_size": size}
    config = ARMS[arm].replace(sizes)
    skip_without_compiler(config, device)
    counts = work.counts(batch)
    case = batch_case(
        "training",
        f"{device} hidden {size} lengths {task.min_length} to {task.max_length} beside {baseline}",
        config,
        batch,
        directions=config.directions,
        target_length=batch.target.size(1),
        tokens="target",
        token_count=counts["tokens"],
        least_work=work.with_gradients(work.model(config, task.vocabulary, **counts)),
    )
    compare(
        case,
        arm,
        baseline,
        lambda name: training_workload(ARMS[name].replace(sizes), task, batch),
        compiled=config.compile,
    )


def training_workload(
    config: ModelConfig, task: TaskConfig, batch: Batch, training: TrainConfig = TRAINING
) -> Workload:
    """A training step, on the same batch in each call; the time does not depend on the letters.

    With scheduled sampling, the decoder is fed as in the middle of the training.
    """
    device = batch.source.device
    model = build_model(config, task, seed=0, device=device, training=training)
    optimizer = make_optimizer(model, training.learning_rate, training.weight_decay)
    sampling = ScheduledSampling(training, 0, device)
    step, loss = training.epochs * training.steps_per_epoch // 2, LOSSES[training.loss]

    def run() -> None:
        feeding = sampling.feeding(step, batch.target)
        training_step(model, batch, optimizer, training.clip_norm, loss, feeding)

    return run
