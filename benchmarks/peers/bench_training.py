"""A training step against those of joeynmt and eole: forward, loss, backward, clipping and Adam's update."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.eole import eole_training_step
from benchmarks.peers.joey import joey_training_step
from benchmarks.peers.shared import ADDITIVE_FIRST, CPU, GENERAL, ONE_WAY, TRAINING, draw, sized
from benchmarks.roofline import work
from benchmarks.session.profiles import profile_of
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.training import build_model, make_optimizer, training_step

PEERS = {"joeynmt": joey_training_step, "eole": eole_training_step}
AT_LEAST = {("general", 14): 2.5, ("general", 59): 3.0, ("general", 199): 4.0, "additive": 2.0}
CASES = {
    "general": (GENERAL, "joeynmt", True),
    "additive, attention first": (ADDITIVE_FIRST, "joeynmt", True),
    "general, our encoder packed": (GENERAL.replace({"packing": "packed"}), "joeynmt", False),
    "general, one direction": (GENERAL.replace(ONE_WAY), "eole", False),
    "additive, one direction": (GENERAL.replace({**ONE_WAY, "score": "additive"}), "eole", False),
    "additive, one direction, compiled": (
        GENERAL.replace({**ONE_WAY, "score": "additive", "compile": True}),
        "eole",
        False,
    ),
}
"""Name -> our configuration, the peer, and whether the case has a target ratio."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize("lengths", profile.lengths, ids=lambda ends: "{}-{}".format(*ends))
    sizes = {
        True: list(product(profile.hidden_sizes, profile.batches)),
        False: [(size, profile.batches[0]) for size in profile.hidden_sizes_without_target],
    }
    cases = [(name, *each) for name, (_, _, has_target) in CASES.items() for each in sizes[has_target]]
    metafunc.parametrize(
        ("name", "size", "batch"), cases, ids=["{}-hidden-{}-batch-{}".format(*case) for case in cases]
    )


def bench_training(
    compare_with_peer: CompareWithPeer,
    device: torch.device,
    threads: int,
    lengths: tuple[int, int],
    name: str,
    size: int,
    batch: int,
) -> None:
    shortest, longest = lengths
    task = TaskConfig(min_length=shortest, max_length=longest)
    config, peer, has_target = CASES[name]
    config, drawn = sized(config, size), draw(task, batch)
    assert config.score
    case = PeerCase(
        work="training",
        case=f"{name}, lengths {shortest} to {longest}",
        ours=config.packing,
        peer=peer,
        threads=threads,
        cell=config.cell,
        score=config.score,
        query=config.query,
        hidden_size=size,
        batch=batch,
        shortest=int(drawn.source_lengths.min()),
        source_length=drawn.source.size(1),
        target_length=drawn.target.size(1),
        compiled=config.compile,
        least_work=work.with_gradients(work.model(config, task.vocabulary, **work.counts(drawn))),
        at_least=(AT_LEAST.get((config.score, longest)) or AT_LEAST.get(config.score)) if has_target else None,
    )
    compare_with_peer(case, our_training_step(config, task, drawn), PEERS[peer](task, size, config.score, drawn))


def our_training_step(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    model = build_model(config, task, seed=0, device=CPU)
    optimizer = make_optimizer(model, TRAINING.learning_rate)
    return lambda: training_step(model, batch, optimizer, TRAINING.clip_norm)
