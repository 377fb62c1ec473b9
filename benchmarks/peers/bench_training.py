"""A training step against those of joeynmt and eole: forward, loss, backward, clipping and Adam's update."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers.aims import ATTENTION_FIRST, CELL_FIRST, training_aim
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.models.eole import eole_training_step
from benchmarks.peers.models.joey import joey_training_step
from benchmarks.peers.shared import ADDITIVE_FIRST, GENERAL, ONE_WAY, draw, named, our_training_step, sized
from benchmarks.roofline import work
from benchmarks.session.profiles import PeerCases, profile_of
from benchmarks.suites.shared import skip_without_compiler
from seq2seq_core.config import ModelConfig, TaskConfig

PEERS = {"joeynmt": joey_training_step, "eole": eole_training_step}
WITH_AIM = {CELL_FIRST: GENERAL, ATTENTION_FIRST: ADDITIVE_FIRST}
"""Name -> our configuration, timed against joeynmt with every cell."""
ADDITIVE_ONE_WAY = GENERAL.replace({**ONE_WAY, "score": "additive"})
WITHOUT_AIM = {
    "general, one direction": (GENERAL.replace(ONE_WAY), "eole", ("gru", "lstm")),
    "additive, one direction": (ADDITIVE_ONE_WAY, "eole", ("gru",)),
    "additive, one direction, compiled": (ADDITIVE_ONE_WAY.replace({"compile": True}), "eole", ("gru",)),
    "general, our encoder packed": (GENERAL.replace({"packing": "packed"}), "joeynmt", ("gru",)),
}
"""Name -> our configuration, the peer, and the cells."""

Case = tuple[str, ModelConfig, str, tuple[int, int], int]
"""The name, our configuration, the peer, the shortest and the longest source, and the batch size."""


def cases(profile: PeerCases) -> list[Case]:
    with_aim: list[Case] = [
        (name, sized(config, size, cell), "joeynmt", lengths, batch)
        for plane in profile.training
        for cell in plane.cells
        for name, config in WITH_AIM.items()
        for size in plane.hidden_sizes
        for lengths in plane.lengths
        for batch in profile.batches
    ]
    plane = profile.training_without_aim
    without_aim: list[Case] = [
        (name, sized(config, size, cell), peer, lengths, profile.batches[0])
        for name, (config, peer, cells) in WITHOUT_AIM.items()
        if profile.compiled or not config.compile
        for cell in plane.cells
        if cell in cells
        for size in plane.hidden_sizes
        for lengths in plane.lengths
    ]
    return [*with_aim, *without_aim]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    points = [
        pytest.param(
            *(name, config, peer, lengths, batch),
            id=f"{name}-{config.cell}-hidden-{config.hidden_size}-{lengths[0]}-{lengths[1]}-batch-{batch}",
        )
        for name, config, peer, lengths, batch in cases(profile)
    ]
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    metafunc.parametrize(("name", "config", "peer", "lengths", "batch"), points)


def bench_training(
    compare_with_peer: CompareWithPeer,
    device: torch.device,
    threads: int,
    name: str,
    config: ModelConfig,
    peer: str,
    lengths: tuple[int, int],
    batch: int,
) -> None:
    skip_without_compiler(config, device)
    shortest, longest = lengths
    task = TaskConfig(min_length=shortest, max_length=longest)
    drawn = draw(task, batch)
    case = PeerCase(
        work="training",
        case=f"{named(name, config.cell)}, lengths {shortest} to {longest}",
        ours=config.packing,
        peer=peer,
        threads=threads,
        cell=config.cell,
        score=config.score,
        query=config.query,
        hidden_size=config.hidden_size,
        batch=batch,
        shortest=int(drawn.source_lengths.min()),
        source_length=drawn.source.size(1),
        target_length=drawn.target.size(1),
        compiled=config.compile,
        least_work=work.with_gradients(work.model(config, task.vocabulary, **work.counts(drawn))),
        at_least=training_aim(config.cell, name, config.hidden_size, longest) if name in WITH_AIM else None,
    )
    compare_with_peer(case, our_training_step(config, task, drawn), PEERS[peer](config, task, drawn))
