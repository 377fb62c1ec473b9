"""Greedy decoding of a batch, including the encoder, without gradients.

Every sequence is decoded for as many steps as the longest target has tokens, whatever is predicted, so that all
candidates take the same number of steps. A quarter of the source positions is padding.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.suites.own_pairs import suite_profile
from benchmarks.suites.shared import PADDING_RATIO, batch_case, padded_batch
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.training import build_model

ARMS = {
    "none": ModelConfig(score=None),
    "general": ModelConfig(score="general"),
    "additive": ModelConfig(score="additive"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = suite_profile(metafunc.config)
    metafunc.parametrize("size", profile.greedy_batches, ids="batch-{}".format)
    metafunc.parametrize("length", profile.greedy_lengths, ids="source-{}".format)
    metafunc.parametrize("arm", ARMS)


def bench_greedy(compare: Compare, device: torch.device, task: TaskConfig, size: int, length: int, arm: str) -> None:
    batch = padded_batch(task, length, PADDING_RATIO, size, device)
    target_length = batch.target.size(1) - 1  # without EOS
    config, positions, steps = ARMS[arm], int(batch.source_lengths.sum()), size * target_length
    case = batch_case(
        "greedy",
        f"{device} batch {size} source {length}",
        config,
        batch,
        directions=config.directions,
        target_length=target_length,
        tokens="target",
        token_count=steps,
        least_work=work.model(
            config, task.vocabulary, tokens=steps, positions=positions, pairs=target_length * positions
        ),
    )
    compare(case, arm, "none", lambda name: greedy_workload(ARMS[name], task, batch, target_length))


def greedy_workload(config: ModelConfig, task: TaskConfig, batch: Batch, steps: int) -> Workload:
    """Greedy decoding of the batch, for `steps` steps."""
    model = build_model(config, task, seed=0, device=batch.source.device).eval()

    def run() -> None:
        model.greedy(batch.source, batch.source_lengths, steps, until_end=False)

    return run
