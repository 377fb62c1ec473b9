"""A bidirectional LSTM encoder, forward and backward: padded_exact against torch's packed sequences."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers import aims
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.shared import CPU
from benchmarks.roofline import work
from benchmarks.session.profiles import profile_of
from benchmarks.suites.bench_encoder import encoder_workload
from benchmarks.suites.shared import padded_batch
from seq2seq_core.config import ModelConfig, TaskConfig

SIZE = 64
BATCH = 32
TASK = TaskConfig()
CONFIG = ModelConfig(cell="lstm", bidirectional=True, embedding_size=SIZE, hidden_size=SIZE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize("length", profile.encoder_lengths, ids="source-{}".format)
    metafunc.parametrize("padding_ratio", aims.ENCODER, ids="padding-{}".format)


def bench_encoder(
    compare_with_peer: CompareWithPeer, device: torch.device, threads: int, length: int, padding_ratio: float
) -> None:
    batch = padded_batch(TASK, length, padding_ratio, BATCH, CPU)
    lengths = batch.source_lengths
    case = PeerCase(
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
        least_work=work.with_gradients(work.encoder(CONFIG, TASK.vocabulary, int(lengths.sum()))),
        at_least=aims.ENCODER[padding_ratio],
    )
    ours, peer = (encoder_workload(CONFIG.replace({"packing": name}), TASK, batch) for name in (case.ours, case.peer))
    compare_with_peer(case, ours, peer)
