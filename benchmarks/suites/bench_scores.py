"""What a score costs: keys, energies, softmax under the mask and context, forward plus backward.

A target of length 1 is one step, as a decoder that feeds itself has to take it; a longer one is looked up at once,
which a score that looks back cannot do. The keys are projected once in either, and that is part of the time. A quarter
of the source positions is padding. `additive_compiled` is `additive` with the formula of its energies compiled.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.profiles import profile_of
from benchmarks.session.rows import Case
from benchmarks.suites.compiled import ADDITIVE_COMPILED, skip_without_compiler
from benchmarks.suites.padding import spread_lengths
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.scores import SCORES, UsesPreviousAlignment
from seq2seq_core.layers.scores.additive import Additive
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import generator, initialise

BATCH = 16
PADDING_RATIO = 0.25
FUNCTIONS = {ADDITIVE_COMPILED: "additive"}
"""The score of a candidate that is not named by its score."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    points = [
        pytest.param(size, target, source, score, id=f"hidden-{size}-target-{target}-source-{source}-{score}")
        for plane in profile_of(metafunc.config).score
        for size in [plane.hidden_size]
        for target in plane.target_lengths
        for source in plane.source_lengths
        for score in candidates(target, compiled=plane.compiled)
    ]
    metafunc.parametrize(("size", "target_length", "source_length", "score"), points)


def candidates(target: int, *, compiled: bool) -> list[str]:
    """Who can look up a target of that length."""
    if target == 1:
        return [*SCORES]
    whole = [name for name, score in SCORES.items() if not issubclass(score, UsesPreviousAlignment)]
    return [*whole, ADDITIVE_COMPILED] if compiled else whole


def bench_score(
    compare: Compare, device: torch.device, size: int, target_length: int, source_length: int, score: str
) -> None:
    function, compiled = FUNCTIONS.get(score, score), score == ADDITIVE_COMPILED
    skip_without_compiler(ModelConfig(score=function, compile=compiled), device)
    lengths = spread_lengths(source_length, PADDING_RATIO, BATCH)
    positions, queries = int(lengths.sum()), BATCH * target_length
    numbers = generator(0, "benchmark", device)
    values = torch.randn(BATCH, source_length, size, generator=numbers, device=device, requires_grad=True)
    query = torch.randn(BATCH, target_length, size, generator=numbers, device=device, requires_grad=True)
    mask = mask_from_lengths(lengths, source_length, device)
    case = Case(
        suite="score",
        name=f"{device} hidden {size} target {target_length} source {source_length}",
        device=str(device),
        batch=BATCH,
        source_length=source_length,
        target_length=target_length,
        padding_ratio=1 - positions / mask.numel(),
        hidden_size=size,
        tokens="target",
        token_count=queries,
        needs=work.with_gradients(
            work.attention(function, size, positions=positions, queries=queries, pairs=target_length * positions)
        )
        if function in work.DESCRIBED
        else None,
    )
    compare(case, score, "general", lambda name: look(name, query, values, mask), compiled=compiled)


def look(name: str, query: Tensor, values: Tensor, mask: Tensor) -> Work:
    """One forward and backward pass of attention by a score."""
    size = values.size(-1)
    score = SCORES[FUNCTIONS.get(name, name)](size, size, size)
    if isinstance(score, Additive) and name == ADDITIVE_COMPILED:
        score.compiled = True
    initialise(score, seed=0)
    score.to(values.device)
    inputs = [query, values, *score.parameters()]

    def work() -> None:
        memory = Memory(score.project_keys(values), values, mask)
        context, _ = attend(score, query, memory)
        torch.autograd.grad(context.sum(), inputs)

    return work
