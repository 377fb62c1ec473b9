"""Greedy decoding of a batch, including the encoder, against joeynmt's search. Both take all the steps."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers import aims
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.models.joey import joey_greedy, joey_model
from benchmarks.peers.shared import CPU, GENERAL, draw, named, sized
from benchmarks.roofline import work
from benchmarks.session.profiles import profile_of
from seq2seq_core.config import TaskConfig
from seq2seq_core.seeding import initialise
from seq2seq_core.training import build_model

BATCH = 256
LENGTH = 50
TASK = TaskConfig(min_length=LENGTH, max_length=LENGTH)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize(
        ("cell", "size"), profile.greedy, ids=["{}-hidden-{}".format(*point) for point in profile.greedy]
    )


def bench_greedy(compare_with_peer: CompareWithPeer, device: torch.device, threads: int, cell: str, size: int) -> None:
    config, batch = sized(GENERAL, size, cell), draw(TASK, BATCH)
    steps = BATCH * LENGTH
    case = PeerCase(
        work="greedy",
        case=f"{named('general', cell)}, {LENGTH} steps",
        ours=config.packing,
        peer="joeynmt",
        threads=threads,
        cell=cell,
        score=config.score,
        query=config.query,
        hidden_size=size,
        batch=BATCH,
        shortest=LENGTH,
        source_length=LENGTH,
        target_length=LENGTH,
        least_work=work.model(config, TASK.vocabulary, tokens=steps, positions=steps, pairs=LENGTH * steps),
        at_least=aims.GREEDY[size],
    )
    model = build_model(config, TASK, seed=0, device=CPU).eval()
    peer_model = joey_model(config, TASK)
    initialise(peer_model, seed=0)
    peer = joey_greedy(peer_model, batch, LENGTH)
    decoded = peer()
    assert isinstance(decoded, torch.Tensor)
    assert decoded.shape == (BATCH, LENGTH)  # it took all the steps
    compare_with_peer(case, lambda: model.greedy(batch.source, batch.source_lengths, LENGTH, until_end=False), peer)
