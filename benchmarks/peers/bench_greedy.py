"""Greedy decoding of a batch, the encoder's pass in it, beside joeynmt's search; neither stops before the last step."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers.compare import Beside, Match
from benchmarks.peers.joey import joey_answer, joey_model
from benchmarks.peers.shared import CPU, GENERAL, draw, sized
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
    metafunc.parametrize("size", profile.hidden_sizes, ids="hidden-{}".format)


def bench_greedy(beside: Beside, device: torch.device, threads: int, size: int) -> None:
    config, batch = sized(GENERAL, size), draw(TASK, BATCH)
    assert config.score
    steps = BATCH * LENGTH
    match = Match(
        work="greedy",
        case=f"general, {LENGTH} steps",
        ours=config.packing,
        peer="joeynmt",
        threads=threads,
        cell=config.cell,
        score=config.score,
        query=config.query,
        hidden_size=size,
        batch=BATCH,
        shortest=LENGTH,
        source_length=LENGTH,
        target_length=LENGTH,
        needs=work.model(config, TASK.vocabulary, tokens=steps, positions=steps, pairs=LENGTH * steps),
        at_least=3.0,
    )
    model = build_model(config, TASK, seed=0, device=CPU).eval()
    theirs = joey_model(TASK, size, config.score)
    initialise(theirs, seed=0)
    peer = joey_answer(theirs, batch, LENGTH)
    answers = peer()
    assert isinstance(answers, torch.Tensor)
    assert answers.shape == (BATCH, LENGTH)
    beside(match, lambda: model.greedy(batch.source, batch.source_lengths, LENGTH, until_end=False), peer)
