"""An LSTM that reads both ways, forward and backward: padded_exact beside torch's packed sequences."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers.compare import Beside, Match
from benchmarks.peers.shared import CPU
from benchmarks.roofline import work
from benchmarks.session.profiles import profile_of
from benchmarks.suites.bench_encoder import encode
from benchmarks.suites.padding import spread_lengths
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Examples

SIZE = 64
BATCH = 32
AT_LEAST = {0.1: 2.5, 0.5: 1.5}
"""By the part of the batch that is padding."""
CONFIG = ModelConfig(cell="lstm", bidirectional=True, embedding_size=SIZE, hidden_size=SIZE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize("length", profile.encoder_lengths, ids="source-{}".format)
    metafunc.parametrize("padding_ratio", AT_LEAST, ids="padding-{}".format)


def bench_encoder(beside: Beside, device: torch.device, threads: int, length: int, padding_ratio: float) -> None:
    lengths = spread_lengths(length, padding_ratio, BATCH)
    batch = Examples(TaskConfig(), 0, "benchmark", CPU).draw_lengths(lengths)
    match = Match(
        work="encoder",
        case=f"two directions, length {length}, padding ratio {padding_ratio}",
        ours="padded_exact",
        peer="packed",
        threads=threads,
        cell=CONFIG.cell,
        hidden_size=SIZE,
        batch=BATCH,
        shortest=int(lengths.min()),
        source_length=length,
        needs=work.with_gradients(work.encoder(CONFIG, TaskConfig().vocabulary, int(lengths.sum()))),
        at_least=AT_LEAST[padding_ratio],
    )
    ours, peer = (encode(CONFIG.replace({"packing": name}), batch, CPU) for name in (match.ours, match.peer))
    beside(match, ours, peer)
