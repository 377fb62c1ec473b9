"""A training step beside those of joeynmt and eole: forward, loss, backward, clipping and Adam's update."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from benchmarks.peers.compare import Beside, Match
from benchmarks.peers.eole import eole_training
from benchmarks.peers.joey import joey_training
from benchmarks.peers.shared import ADDITIVE_FIRST, CPU, GENERAL, ONE_WAY, TRAINING, draw, sized
from benchmarks.roofline import work
from benchmarks.session.profiles import profile_of
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.training import build_model, make_optimizer, training_step

PEERS = {"joeynmt": joey_training, "eole": eole_training}
AT_LEAST = {("general", 14): 2.5, ("general", 59): 3.0, ("general", 199): 4.0, "additive": 2.0}
MATCHES = {
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
"""Name -> our configuration, the peer, and whether it is asked of ours to be a number of times faster."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize("lengths", profile.lengths, ids=lambda ends: "{}-{}".format(*ends))
    sizes = {
        True: list(product(profile.hidden_sizes, profile.batches)),
        False: [(size, profile.batches[0]) for size in profile.unasked_hidden_sizes],
    }
    cases = [(name, *each) for name, (_, _, asked) in MATCHES.items() for each in sizes[asked]]
    metafunc.parametrize(
        ("name", "size", "batch"), cases, ids=["{}-hidden-{}-batch-{}".format(*case) for case in cases]
    )


def bench_training(
    beside: Beside, device: torch.device, threads: int, lengths: tuple[int, int], name: str, size: int, batch: int
) -> None:
    shortest, longest = lengths
    task = TaskConfig(min_length=shortest, max_length=longest)
    config, peer, asked = MATCHES[name]
    config, drawn = sized(config, size), draw(task, batch)
    assert config.score
    tokens, positions = int(drawn.target_lengths.sum()), int(drawn.source_lengths.sum())
    pairs = int((drawn.target_lengths * drawn.source_lengths).sum())
    match = Match(
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
        needs=work.with_gradients(work.model(config, task.vocabulary, tokens=tokens, positions=positions, pairs=pairs)),
        at_least=(AT_LEAST.get((config.score, longest)) or AT_LEAST.get(config.score)) if asked else None,
    )
    beside(match, our_training(config, task, drawn), PEERS[peer](task, size, config.score, drawn))


def our_training(config: ModelConfig, task: TaskConfig, batch: Batch) -> Work:
    model = build_model(config, task, seed=0, device=CPU)
    optimizer = make_optimizer(model, TRAINING.learning_rate)
    return lambda: training_step(model, batch, optimizer, TRAINING.clip_norm)
