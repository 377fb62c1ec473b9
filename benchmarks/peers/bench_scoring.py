"""The additive energies of a whole target, forward and backward, beside the plain tensor (B,T,S,K) of the formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.peers.compare import Beside, Match
from benchmarks.peers.shared import CPU
from benchmarks.session.profiles import profile_of
from benchmarks.timing.interleaved import Work
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.scores.additive import tanh_energies
from seq2seq_core.seeding import generator

BATCH = 16
LENGTH = 200
OURS = ("tiles", "compiled")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config).peers
    metafunc.parametrize("threads", profile.threads, ids="threads-{}".format)
    sizes = {"tiles": profile.hidden_sizes, "compiled": profile.unasked_hidden_sizes}
    cases = [(name, size) for name in OURS for size in sizes[name]]
    metafunc.parametrize(("name", "size"), cases, ids=["{}-hidden-{}".format(*case) for case in cases])


def bench_scoring(beside: Beside, device: torch.device, threads: int, name: str, size: int) -> None:
    asked = name == "tiles" and size == 64
    match = Match(
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
        at_least=3.0 if asked else None,
        at_least_smaller=8.0 if asked else None,
    )

    def fast(query: Tensor, keys: Tensor, vector: Tensor) -> Tensor:
        energies = fast_path.additive_energies(tanh_energies, query, keys, vector, compiled=match.compiled)
        assert energies is not None  # there are enough of them for tiles
        return energies

    beside(match, work_of(fast, size), work_of(tanh_energies, size))


def work_of(formula: Callable[[Tensor, Tensor, Tensor], Tensor], size: int) -> Work:
    numbers = generator(0, "benchmark", CPU)
    shapes = (BATCH, LENGTH, size), (BATCH, LENGTH, size), (size,)
    inputs = [torch.randn(shape, generator=numbers, requires_grad=True) for shape in shapes]

    def work() -> tuple[Tensor, ...]:
        return torch.autograd.grad(formula(*inputs).sum(), inputs)

    return work
