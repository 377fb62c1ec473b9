"""The Levenshtein accuracies of an evaluation, against the evaluation that they are part of."""

from __future__ import annotations

import pytest
import torch

from benchmarks.peers import aims
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.shared import CPU
from benchmarks.session.profiles import profile_of
from benchmarks.suites.bench_metric import CONFIG, evaluation_workload, scoring_workload
from seq2seq_core.config import TaskConfig

LENGTH = 50


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)


def bench_metric(
    compare_with_peer: CompareWithPeer, pytestconfig: pytest.Config, device: torch.device, threads: int
) -> None:
    pairs = profile_of(pytestconfig).peers.metric_pairs
    task = TaskConfig(min_length=LENGTH, max_length=LENGTH)
    case = PeerCase(
        work="metric",
        case=f"{pairs:,} pairs",
        ours="levenshtein",
        peer="evaluation",
        threads=threads,
        cell=CONFIG.cell,
        score=CONFIG.score,
        query=CONFIG.query,
        hidden_size=CONFIG.hidden_size,
        batch=pairs,
        shortest=LENGTH,
        source_length=LENGTH,
        target_length=task.definition.longest_target(LENGTH) + 1,
        at_least=aims.METRIC,
    )
    compare_with_peer(case, scoring_workload(task, pairs, CPU), evaluation_workload(task, pairs, CPU))
