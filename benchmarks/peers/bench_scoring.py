"""Additive energies of all target steps, forward and backward, against the plain formula with its (B,T,S,K) tensor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.peers import aims
from benchmarks.peers.compare import CompareWithPeer, PeerCase
from benchmarks.peers.shared import CPU
from benchmarks.session.profiles import profile_of
from benchmarks.suites.shared import skip_without_compiler
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.scores.additive import tanh_energies
from seq2seq_core.seeding import generator

BATCH = 16
LENGTH = 200
OURS = ("tiles", "compiled")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    names = OURS if profile.compiled else OURS[:1]
    cases = [(name, size) for name in names for size in profile.energies_sizes]
    metafunc.parametrize(("name", "size"), cases, ids=["{}-hidden-{}".format(*case) for case in cases])


def bench_scoring(compare_with_peer: CompareWithPeer, device: torch.device, threads: int, name: str, size: int) -> None:
    skip_without_compiler(ModelConfig(score="additive", compile=name == "compiled"), device)
    has_aim = name == "tiles" and size == 64
    case = PeerCase(
        work="scoring",
        case="energies of a whole target",
        ours=name,
        peer="(B,T,S,K)",
        threads=threads,
        score="additive",
        hidden_size=size,
        batch=BATCH,
        source_length=LENGTH,
        target_length=LENGTH,
        compiled=name == "compiled",
        at_least=aims.ENERGIES if has_aim else None,
        at_least_smaller=aims.ENERGIES_MEMORY if has_aim else None,
    )

    def fast(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        energies = fast_path.additive_energies(tanh_energies, query, keys, vector, compiled=case.compiled)
        assert energies is not None  # the tensor is large enough for tiles
        return energies

    compare_with_peer(case, energies_workload(fast, size), energies_workload(tanh_energies, size))


def energies_workload(formula: Callable[[Tensor, Tensor, Tensor], Tensor], size: int) -> Workload:
    """A forward and backward pass of the energies: query (B,T,K), keys (B,S,K), vector (K,)."""
    stream = generator(0, "benchmark", CPU)
    shapes = (BATCH, LENGTH, size), (BATCH, LENGTH, size), (size,)
    inputs = [torch.randn(shape, generator=stream, requires_grad=True) for shape in shapes]

    def run() -> tuple[Tensor, ...]:
        return torch.autograd.grad(formula(*inputs).sum(), inputs)

    return run
