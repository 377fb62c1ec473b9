"""What a score costs: keys, energies, softmax under the mask and context, forward plus backward.

`step` computes them for one target position, as a decoder that feeds itself has to; `target` for a whole target as long
as the source, at once, which a score that looks back cannot do. The keys are projected once in either, and that is part
of the time.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.compare import Compare
from benchmarks.paired import Work
from benchmarks.profiles import profile_of
from benchmarks.rows import Case
from seq2seq_core.attention import Memory, attend
from seq2seq_core.scores import SCORES, LooksBack
from seq2seq_core.seeding import generator, initialise
from seq2seq_core.sequences import mask_from_lengths

BATCH = 16
SIZE = 64
"""Channels of queries, values and keys."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config)
    whole = [name for name, score in SCORES.items() if not issubclass(score, LooksBack)]
    steps = [
        pytest.param(1, length, score, id=f"step-{length}-{score}")
        for length in profile.step_lengths
        for score in SCORES
    ]
    targets = [
        pytest.param(length, length, score, id=f"target-{length}-{score}")
        for length in profile.target_lengths
        for score in whole
    ]
    metafunc.parametrize(("target_length", "source_length", "score"), steps + targets)


def bench_score(compare: Compare, device: torch.device, target_length: int, source_length: int, score: str) -> None:
    lengths = torch.linspace(source_length / 2, source_length, BATCH).long()
    numbers = generator(0, "benchmark", device)
    values = torch.randn(BATCH, source_length, SIZE, generator=numbers, device=device, requires_grad=True)
    query = torch.randn(BATCH, target_length, SIZE, generator=numbers, device=device, requires_grad=True)
    mask = mask_from_lengths(lengths, source_length, device)
    case = Case(
        suite="score",
        name=f"{device} {'step' if target_length == 1 else 'target'} source {source_length}",
        device=str(device),
        batch=BATCH,
        source_length=source_length,
        target_length=target_length,
        padding_ratio=1 - int(lengths.sum()) / mask.numel(),
        hidden_size=SIZE,
        tokens="target",
        token_count=BATCH * target_length,
    )
    compare(case, score, "general", lambda name: look(name, query, values, mask))


def look(name: str, query: Tensor, values: Tensor, mask: Tensor) -> Work:
    """One forward and backward pass of attention by a score."""
    score = SCORES[name](SIZE, SIZE, SIZE)
    initialise(score, seed=0)
    score.to(values.device)
    inputs = [query, values, *score.parameters()]

    def work() -> None:
        memory = Memory(score.project_keys(values), values, mask)
        context, _ = attend(score, query, memory)
        torch.autograd.grad(context.sum(), inputs)

    return work
