"""How fast the packings of the encoder are: forward plus backward, of the same weights on the same batch.

The map is a plane of source length and padding ratio for each cell and direction. The gradient is that of a sum of the
values at real positions. `padded` computes another function (see `seq2seq_core.layers.packing`): its time is what that
function costs, not what `packed` could cost.
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
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import initialise

TASK = TaskConfig()
WAYS = {False: "one-way", True: "two-way"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    points = [
        pytest.param(
            ModelConfig(
                cell=cell, bidirectional=two_way, embedding_size=plane.hidden_size, hidden_size=plane.hidden_size
            ),
            plane.batch,
            length,
            padding_ratio,
            id=f"{cell}-{way}-hidden-{plane.hidden_size}-batch-{plane.batch}-source-{length}-padding-{padding_ratio:g}",
        )
        for plane in profile_of(metafunc.config).encoder
        for cell in plane.cells
        for two_way, way in WAYS.items()
        for length in plane.lengths
        for padding_ratio in plane.padding_ratios
    ]
    metafunc.parametrize(("config", "size", "length", "padding_ratio"), points)
    metafunc.parametrize("packing", PACKINGS)


def bench_encoder(
    compare: Compare,
    device: torch.device,
    config: ModelConfig,
    size: int,
    length: int,
    padding_ratio: float,
    packing: str,
) -> None:
    lengths = spread_lengths(length, padding_ratio, size)
    batch = Examples(TASK, 0, "benchmark", device).draw_lengths(lengths)
    tokens = int(lengths.sum())
    case = Case(
        suite="encoder",
        name=f"{device} {config.cell} {WAYS[config.bidirectional]} hidden {config.hidden_size} batch {size} "
        f"source {length} padding {padding_ratio:g}",
        device=str(device),
        batch=size,
        source_length=length,
        padding_ratio=1 - tokens / batch.source.numel(),
        hidden_size=config.hidden_size,
        cell=config.cell,
        directions=config.directions,
        tokens="source",
        token_count=tokens,
        needs=work.with_gradients(work.encoder(config, TASK.vocabulary, tokens)),
    )
    compare(case, packing, "packed", lambda name: encode(config.replace({"packing": name}), batch, device))


def encode(config: ModelConfig, batch: Batch, device: torch.device) -> Work:
    """One forward and backward pass of an encoder."""
    encoder = Encoder(config, TASK.vocabulary)
    initialise(encoder, seed=0)
    encoder.to(device)
    real = mask_from_lengths(batch.source_lengths, batch.source.size(1), device).unsqueeze(-1)

    def work() -> None:
        encoder.zero_grad()
        values, _, _ = encoder(batch.source, batch.source_lengths)
        (values * real).sum().backward()

    return work
