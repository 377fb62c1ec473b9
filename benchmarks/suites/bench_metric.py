"""What the edit distance costs of an evaluation: scoring predictions alone, beside the whole pass that makes them.

The pass decodes greedily, takes the teacher-forced loss and scores. Both score the same predictions: those of a network
that has learnt nothing. Nearly all go on to the limit and are twice as long as their targets, so that scoring and
decoding are both at their dearest.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.session.compare import Compare
from benchmarks.session.profiles import profile_of
from benchmarks.session.rows import Case
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.evaluation.evaluate import decoding_limit, evaluate
from seq2seq_core.evaluation.metrics import sequence_metrics
from seq2seq_core.examples import Examples
from seq2seq_core.recipe import PLAIN
from seq2seq_core.training import build_model

CONFIG = ModelConfig()
BASELINE = "evaluation"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = profile_of(metafunc.config)
    metafunc.parametrize("pairs", [profile.metric_pairs], ids="pairs-{}".format)
    metafunc.parametrize("length", profile.metric_lengths, ids="source-{}".format)
    metafunc.parametrize("part", [BASELINE, "levenshtein"])


def bench_metric(compare: Compare, device: torch.device, pairs: int, length: int, part: str) -> None:
    task = TaskConfig(min_length=length, max_length=length)
    target_length = task.definition.longest_target(length) + 1
    case = Case(
        suite="metric",
        name=f"{device} {pairs} pairs source {length}",
        device=str(device),
        batch=pairs,
        source_length=length,
        target_length=target_length,
        padding_ratio=0.0,
        hidden_size=CONFIG.hidden_size,
        cell=CONFIG.cell,
        directions=CONFIG.directions,
        tokens="target",
        token_count=pairs * target_length,
    )
    make = {BASELINE: evaluation, "levenshtein": scoring}
    compare(case, part, BASELINE, lambda name: make[name](task, pairs, device))


def evaluation(task: TaskConfig, pairs: int, device: torch.device) -> Work:
    """The whole pass over so many examples."""
    model = build_model(CONFIG, task, seed=0, device=device)
    examples = Examples(task, 0, "benchmark", device)

    def work() -> None:
        evaluate(model, examples, pairs)

    return work


def scoring(task: TaskConfig, pairs: int, device: torch.device) -> Work:
    """The scoring of what the same model predicts for the same examples."""
    model = build_model(CONFIG, task, seed=0, device=device).eval()
    examples = Examples(task, 0, "benchmark", device)
    answers: list[tuple[list[int], list[int]]] = []
    while len(answers) < pairs:
        batch = examples.draw(min(PLAIN.evaluation_batch_size, pairs - len(answers)))
        decoded = model.greedy(batch.source, batch.source_lengths, decoding_limit(task, task.max_length))
        answers += zip(decoded.predictions, batch.target[:, :-1].tolist(), strict=True)

    def work() -> None:
        for prediction, target in answers:
            sequence_metrics(prediction, target)

    return work
