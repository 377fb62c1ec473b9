"""What it costs to answer: greedy decoding of a batch, the encoder's pass in it, without gradients.

Every sequence is decoded for as many steps as the longest source has tokens, whatever it says on the way, so that all
candidates take the same steps. A quarter of the source positions is padding.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.profiles import profile_of
from benchmarks.session.rows import Case
from benchmarks.suites.padding import spread_lengths
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.training import build_model

PADDING_RATIO = 0.25
TASK = TaskConfig()
ARMS = {
    "none": ModelConfig(score=None),
    "general": ModelConfig(score="general"),
    "additive": ModelConfig(score="additive"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config)
    metafunc.parametrize("size", profile.greedy_batches, ids="batch-{}".format)
    metafunc.parametrize("length", profile.greedy_lengths, ids="source-{}".format)
    metafunc.parametrize("arm", ARMS)


def bench_greedy(compare: Compare, device: torch.device, size: int, length: int, arm: str) -> None:
    lengths = spread_lengths(length, PADDING_RATIO, size)
    batch = Examples(TASK, 0, "benchmark", device).draw_lengths(lengths)
    config, positions, steps = ARMS[arm], int(lengths.sum()), size * length
    case = Case(
        suite="greedy",
        name=f"{device} batch {size} source {length}",
        device=str(device),
        batch=size,
        source_length=length,
        target_length=length,
        padding_ratio=1 - positions / batch.source.numel(),
        hidden_size=config.hidden_size,
        cell=config.cell,
        directions=config.directions,
        tokens="target",
        token_count=steps,
        needs=work.model(config, TASK.vocabulary, tokens=steps, positions=positions, pairs=length * positions),
    )
    compare(case, arm, "none", lambda name: answer(ARMS[name], batch, length, device))


def answer(config: ModelConfig, batch: Batch, steps: int, device: torch.device) -> Work:
    """One greedy decoding of the batch."""
    model = build_model(config, TASK, seed=0, device=device).eval()

    def work() -> None:
        model.greedy(batch.source, batch.source_lengths, steps, until_end=False)

    return work
