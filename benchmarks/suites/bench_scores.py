"""The attention scores: keys, energies, masked softmax and contexts. Forward and backward pass.

A target of length 1 is one step of a decoder that reads its own predictions. For a longer target, the attention of all
steps is computed in one call; a score that uses the previous alignment cannot do that. The projection of the keys is
part of the time. A quarter of the source positions is padding. `additive_compiled` is `additive` with the formula of
its energies compiled.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.roofline import work
from benchmarks.session.compare import Compare
from benchmarks.session.rows import Case
from benchmarks.suites.own_pairs import CPU, SCORE_BATCH, own_batch, suite_profile
from benchmarks.suites.shared import ADDITIVE_COMPILED, PADDING_RATIO, skip_without_compiler, spread_lengths
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.layers.scores import SCORES, UsesPreviousAlignment
from seq2seq_core.layers.scores.additive import Additive
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import generator, initialise

SCORE_OF = {ADDITIVE_COMPILED: "additive"}
"""The score of a candidate that has another name than its score."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    points = [
        pytest.param(size, target, source, score, id=f"hidden-{size}-target-{target}-source-{source}-{score}")
        for plane in suite_profile(metafunc.config).score
        for size in [plane.hidden_size]
        for target in plane.target_lengths
        for source in plane.source_lengths
        for score in candidates(target, compiled=plane.compiled)
    ]
    metafunc.parametrize(("size", "target_length", "source_length", "score"), points)


def candidates(target_length: int, *, compiled: bool) -> list[str]:
    """The scores that can attend for a target of this length in one call."""
    if target_length == 1:
        return [*SCORES]
    parallel = [name for name, score in SCORES.items() if not issubclass(score, UsesPreviousAlignment)]
    return [*parallel, ADDITIVE_COMPILED] if compiled else parallel


def bench_score(
    compare: Compare,
    device: torch.device,
    task: TaskConfig,
    size: int,
    target_length: int,
    source_length: int,
    score: str,
) -> None:
    formula, compiled = SCORE_OF.get(score, score), score == ADDITIVE_COMPILED
    skip_without_compiler(ModelConfig(score=formula, compile=compiled), device)
    own = task.definition.from_files
    lengths = (
        own_batch(task, SCORE_BATCH, CPU).source_lengths
        if own
        else spread_lengths(source_length, PADDING_RATIO, SCORE_BATCH)
    )
    positions, queries = int(lengths.sum()), SCORE_BATCH * target_length
    stream = generator(0, "benchmark", device)
    values = torch.randn(SCORE_BATCH, source_length, size, generator=stream, device=device, requires_grad=True)
    query = torch.randn(SCORE_BATCH, target_length, size, generator=stream, device=device, requires_grad=True)
    mask = mask_from_lengths(lengths, source_length, device)
    case = Case(
        suite="score",
        name=f"{device} hidden {size} target {target_length} source {source_length}",
        device=str(device),
        batch=SCORE_BATCH,
        source_length=source_length,
        target_length=target_length,
        padding_ratio=1 - positions / mask.numel(),
        hidden_size=size,
        tokens="target",
        token_count=queries,
        least_work=work.with_gradients(
            work.attention(formula, size, positions=positions, queries=queries, pairs=target_length * positions)
        )
        if formula in work.COUNTED_SCORES
        else None,
    )
    compare(case, score, "general", lambda name: attention_workload(name, query, values, mask), compiled=compiled)


def attention_workload(candidate: str, query: Tensor, values: Tensor, mask: Tensor) -> Workload:
    """A forward and backward pass of attention: query (B,T,Q), values (B,S,C), mask (B,S)."""
    size = values.size(-1)
    score = SCORES[SCORE_OF.get(candidate, candidate)](size, size, size)
    if isinstance(score, Additive) and candidate == ADDITIVE_COMPILED:
        score.compiled = True
    initialise(score, seed=0)
    score.to(values.device)
    inputs = [query, values, *score.parameters()]

    def run() -> None:
        memory = Memory(score.project_keys(values), values, mask)
        context, _ = attend(score, query, memory)
        torch.autograd.grad(context.sum(), inputs)

    return run
