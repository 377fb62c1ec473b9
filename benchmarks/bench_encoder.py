"""How fast the packings of the encoder are: forward plus backward, of the same weights on the same batch.

The sources of a batch are spread evenly from half the length to all of it, so about a quarter of the batch is padding.
The gradient is that of a sum of the values at real positions. `padded` computes another function (see
`seq2seq_core.packings`): its time is what that function costs, not what `packed` could cost.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.compare import Compare
from benchmarks.paired import Work
from benchmarks.profiles import profile_of
from benchmarks.rows import Case
from seq2seq_core.cells import CELLS
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.encoder import Encoder
from seq2seq_core.packings import PACKINGS
from seq2seq_core.seeding import initialise
from seq2seq_core.sequences import mask_from_lengths
from seq2seq_core.tasks import Batch, Examples, vocabulary

BATCH = 32
SIZE = 64
"""Channels of the embedding and of the recurrence."""
TASK = TaskConfig()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("cell", CELLS)
    metafunc.parametrize("directions", [1, 2], ids=["one-way", "two-way"])
    metafunc.parametrize("length", profile_of(metafunc.config).encoder_lengths)
    metafunc.parametrize("packing", PACKINGS)


def bench_encoder(
    compare: Compare, device: torch.device, cell: str, directions: int, length: int, packing: str
) -> None:
    lengths = torch.linspace(length / 2, length, BATCH).long()
    batch = Examples(TASK, 0, "benchmark", device).draw_lengths(lengths)
    tokens = int(lengths.sum())
    config = ModelConfig(cell=cell, embedding_size=SIZE, hidden_size=SIZE, bidirectional=directions == 2)
    case = Case(
        suite="encoder",
        name=f"{device} {cell} {'two-way' if directions == 2 else 'one-way'} source {length}",
        device=str(device),
        batch=BATCH,
        source_length=length,
        padding_ratio=1 - tokens / batch.source.numel(),
        hidden_size=SIZE,
        cell=cell,
        directions=directions,
        tokens="source",
        token_count=tokens,
    )
    compare(case, packing, "packed", lambda name: encode(config.replace({"packing": name}), batch, device))


def encode(config: ModelConfig, batch: Batch, device: torch.device) -> Work:
    """One forward and backward pass of an encoder."""
    encoder = Encoder(config, vocabulary(TASK))
    initialise(encoder, seed=0)
    encoder.to(device)
    real = mask_from_lengths(batch.source_lengths, batch.source.size(1), device).unsqueeze(-1)

    def work() -> None:
        encoder.zero_grad()
        values, _, _ = encoder(batch.source, batch.source_lengths)
        (values * real).sum().backward()

    return work
