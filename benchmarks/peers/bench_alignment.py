"""Scores that use the previous alignment: training steps and greedy decoding, against the path step by step."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers import aims
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.models.step_by_step import stepwise_greedy, stepwise_training_step
from benchmarks.peers.shared import CPU, draw, our_training_step, sized
from benchmarks.roofline import work
from benchmarks.session.profiles import MIDDLE, profile_of
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.training import build_model

SCORES = ("location", "shift", "one_step")
CONFIG = sized(ModelConfig(packing="padded_exact"), 64)
BATCH, LONG_BATCH = 32, 64
TASK = TaskConfig(min_length=MIDDLE[0], max_length=MIDDLE[1])
LONG = 1000
LONG_TASK = TaskConfig(min_length=LONG, max_length=LONG)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    if "steps" in metafunc.fixturenames:
        points = profile.long_decoding
        metafunc.parametrize(("score", "steps"), points, ids=["{}-steps-{}".format(*point) for point in points])
    else:
        metafunc.parametrize("score", SCORES)


def bench_training(compare_with_peer: CompareWithPeer, device: torch.device, threads: int, score: str) -> None:
    config, batch = CONFIG.replace({"score": score}), draw(TASK, BATCH)
    case = alignment_case(
        "training",
        f"{score}, lengths {MIDDLE[0]} to {MIDDLE[1]}",
        config,
        batch,
        threads=threads,
        target_length=batch.target.size(1),
        least_work=work.with_gradients(work.model(config, TASK.vocabulary, **work.counts(batch))),
    )
    compare_with_peer(case, our_training_step(config, TASK, batch), stepwise_training_step(config, TASK, batch))


def bench_greedy(compare_with_peer: CompareWithPeer, device: torch.device, threads: int, score: str) -> None:
    batch = draw(TASK, BATCH)
    compare_greedy(compare_with_peer, threads, score, batch, batch.source.size(1))


def bench_long_greedy(
    compare_with_peer: CompareWithPeer, device: torch.device, threads: int, score: str, steps: int
) -> None:
    """Of 1,000 letters; the steps of `location`, which take long, may be fewer."""
    compare_greedy(compare_with_peer, threads, score, draw(LONG_TASK, LONG_BATCH), steps)


def compare_greedy(compare_with_peer: CompareWithPeer, threads: int, score: str, batch: Batch, steps: int) -> None:
    config, positions = CONFIG.replace({"score": score}), int(batch.source_lengths.sum())
    rows, longest = batch.source.shape
    case = alignment_case(
        "greedy",
        f"{score}, {longest:,} letters, {steps:,} steps",
        config,
        batch,
        threads=threads,
        target_length=steps,
        least_work=work.model(
            config, TASK.vocabulary, tokens=rows * steps, positions=positions, pairs=steps * positions
        ),
    )
    model = build_model(config, TASK, seed=0, device=CPU).eval()
    compare_with_peer(
        case,
        lambda: model.greedy(batch.source, batch.source_lengths, steps, until_end=False, keep_weights=False),
        lambda: stepwise_greedy(model, batch, steps),
    )


def alignment_case(
    kind: str, name: str, config: ModelConfig, batch: Batch, *, threads: int, target_length: int, least_work: work.Work
) -> PeerCase:
    return PeerCase(
        work=kind,
        case=name,
        ours=config.packing,
        peer="step by step",
        threads=threads,
        cell=config.cell,
        score=config.score,
        query=config.query,
        hidden_size=config.hidden_size,
        batch=batch.source.size(0),
        shortest=int(batch.source_lengths.min()),
        source_length=batch.source.size(1),
        target_length=target_length,
        least_work=least_work,
        at_least=aims.PREVIOUS_ALIGNMENT,
    )
