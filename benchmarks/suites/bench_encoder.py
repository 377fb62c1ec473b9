"""The packings of the encoder: forward and backward pass, with equal weights on the same batch.

The cases are a plane of source length and padding ratio for each cell and direction. The gradient is that of the sum of
the values at positions without padding. `padded` computes another function (see `seq2seq_core.layers.packing`), so its
time is no bound for the time of `packed`.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.suites.own_pairs import suite_profile
from benchmarks.suites.shared import batch_case, padded_batch
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import initialise

DIRECTIONS = {False: "one-way", True: "two-way"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    points = [
        pytest.param(
            ModelConfig(
                cell=cell, bidirectional=bidirectional, embedding_size=plane.hidden_size, hidden_size=plane.hidden_size
            ),
            plane.batch,
            length,
            padding_ratio,
            id=f"{cell}-{directions}-hidden-{plane.hidden_size}-batch-{plane.batch}-source-{length}-padding-{padding_ratio:g}",
        )
        for plane in suite_profile(metafunc.config).encoder
        for cell in plane.cells
        for bidirectional, directions in DIRECTIONS.items()
        for length in plane.lengths
        for padding_ratio in plane.padding_ratios
    ]
    metafunc.parametrize(("config", "size", "length", "padding_ratio"), points)
    metafunc.parametrize("packing", PACKINGS)


def bench_encoder(
    compare: Compare,
    device: torch.device,
    task: TaskConfig,
    config: ModelConfig,
    size: int,
    length: int,
    padding_ratio: float,
    packing: str,
) -> None:
    batch = padded_batch(task, length, padding_ratio, size, device)
    tokens = int(batch.source_lengths.sum())
    case = batch_case(
        "encoder",
        f"{device} {config.cell} {DIRECTIONS[config.bidirectional]} hidden {config.hidden_size} batch {size} "
        f"source {length} padding {padding_ratio:g}",
        config,
        batch,
        directions=config.directions,
        target_length=None,
        tokens="source",
        token_count=tokens,
        least_work=work.with_gradients(work.encoder(config, task.vocabulary, tokens)),
    )
    compare(case, packing, "packed", lambda name: encoder_workload(config.replace({"packing": name}), task, batch))


def encoder_workload(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    """A forward and backward pass of an encoder."""
    device = batch.source.device
    encoder = Encoder(config, task.vocabulary)
    initialise(encoder, seed=0)
    encoder.to(device)
    mask = mask_from_lengths(batch.source_lengths, batch.source.size(1), device).unsqueeze(-1)

    def run() -> None:
        encoder.zero_grad()
        values, _, _ = encoder(batch.source, batch.source_lengths)
        (values * mask).sum().backward()

    return run
