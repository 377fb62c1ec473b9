"""What attention and packing make of a training step of the whole model: forward, loss, backward, clipping and Adam's
update.

`additive_previous` attends before the cell (Bahdanau's order), so its decoder has to go step by step; the others decode
the whole target at once.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.profiles import profile_of
from benchmarks.session.rows import Case
from benchmarks.suites.compiled import ADDITIVE_COMPILED, skip_without_compiler
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.training import build_model, make_optimizer, training_step

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
"""Each with the arms that are timed beside it."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config)
    tasks = [TaskConfig(min_length=least, max_length=most) for least, most in profile.training_lengths]
    metafunc.parametrize("size", profile.hidden_sizes, ids="hidden-{}".format)
    metafunc.parametrize("task", tasks, ids=lambda task: f"{task.min_length}-{task.max_length}")
    metafunc.parametrize(
        ("baseline", "arm"), [(baseline, arm) for baseline in BASELINES for arm in BASELINES[baseline]]
    )


def bench_training(
    compare: Compare, device: torch.device, size: int, task: TaskConfig, baseline: str, arm: str
) -> None:
    batch = Examples(task, 0, "benchmark", device).draw(BATCH)
    sizes = {"embedding_size": size, "hidden_size": size}
    config = ARMS[arm].replace(sizes)
    skip_without_compiler(config, device)
    tokens, positions = int(batch.target_lengths.sum()), int(batch.source_lengths.sum())
    pairs = int((batch.target_lengths * batch.source_lengths).sum())
    forward = work.model(config, task.vocabulary, tokens=tokens, positions=positions, pairs=pairs)
    case = Case(
        suite="training",
        name=f"{device} hidden {size} lengths {task.min_length} to {task.max_length} beside {baseline}",
        device=str(device),
        batch=BATCH,
        source_length=batch.source.size(1),
        target_length=batch.target.size(1),
        padding_ratio=1 - positions / batch.source.numel(),
        hidden_size=size,
        cell=config.cell,
        directions=config.directions,
        tokens="target",
        token_count=tokens,
        needs=work.with_gradients(forward),
    )
    compare(
        case,
        arm,
        baseline,
        lambda name: train(ARMS[name].replace(sizes), task, batch, device),
        compiled=config.compile,
    )


def train(config: ModelConfig, task: TaskConfig, batch: Batch, device: torch.device) -> Work:
    """One training step, on the same batch each time: what is in it does not change what it costs."""
    model = build_model(config, task, seed=0, device=device)
    optimizer = make_optimizer(model, TRAINING.learning_rate)

    def work() -> None:
        training_step(model, batch, optimizer, TRAINING.clip_norm)

    return work
