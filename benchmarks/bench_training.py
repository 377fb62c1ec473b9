"""What attention adds to a training step of the whole model: forward, loss, backward, clipping and Adam's update.

`additive_previous` attends before the cell (Bahdanau's order), so its decoder has to go step by step; the others decode
the whole target at once.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.compare import Compare
from benchmarks.paired import Work
from benchmarks.profiles import profile_of
from benchmarks.rows import Case
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.tasks import Batch, Examples
from seq2seq_core.training import build_model, make_optimizer, training_step

BATCH = 32
TRAINING = TrainConfig()
ARMS = {
    "none": ModelConfig(score=None),
    "general": ModelConfig(score="general"),
    "additive": ModelConfig(score="additive"),
    "additive_previous": ModelConfig(score="additive", query="previous"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tasks = [
        TaskConfig(min_length=least, max_length=most) for least, most in profile_of(metafunc.config).training_lengths
    ]
    metafunc.parametrize("task", tasks, ids=lambda task: f"{task.min_length}-{task.max_length}")
    metafunc.parametrize("arm", ARMS)


def bench_training(compare: Compare, device: torch.device, task: TaskConfig, arm: str) -> None:
    batch = Examples(task, 0, "benchmark", device).draw(BATCH)
    baseline = ARMS["none"]
    case = Case(
        suite="training",
        name=f"{device} lengths {task.min_length} to {task.max_length}",
        device=str(device),
        batch=BATCH,
        source_length=batch.source.size(1),
        target_length=batch.target.size(1),
        padding_ratio=1 - int(batch.source_lengths.sum()) / batch.source.numel(),
        hidden_size=baseline.hidden_size,
        cell=baseline.cell,
        directions=1,
        tokens="target",
        token_count=int(batch.target_lengths.sum()),
    )
    compare(case, arm, "none", lambda name: train(ARMS[name], task, batch, device))


def train(config: ModelConfig, task: TaskConfig, batch: Batch, device: torch.device) -> Work:
    """One training step, on the same batch each time: what is in it does not change what it costs."""
    model = build_model(config, task, seed=0, device=device)
    optimizer = make_optimizer(model, TRAINING.learning_rate)

    def work() -> None:
        training_step(model, batch, optimizer, TRAINING.clip_norm)

    return work
