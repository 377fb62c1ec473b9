"""The cost of the Levenshtein accuracy: scoring predictions alone, against the evaluation that makes and scores them.

The evaluation decodes greedily, computes the teacher-forced loss, and scores. Both candidates score the same
predictions, those of an untrained model. Nearly all of them run up to the limit and are twice as long as their targets,
so decoding and scoring both have the highest cost.
"""

from __future__ import annotations

import pytest
import torch

from benchmarks.session.compare import Compare
from benchmarks.session.rows import Case
from benchmarks.suites.own_pairs import CPU, suite_profile
from benchmarks.suites.shared import examples
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.evaluation.evaluate import decoding_limit, evaluate, sequences_at_once
from seq2seq_core.evaluation.metrics import sequence_metrics
from seq2seq_core.recipe import PLAIN
from seq2seq_core.training import build_model

CONFIG = ModelConfig()
BASELINE = "evaluation"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    profile = suite_profile(metafunc.config)
    metafunc.parametrize("pairs", [profile.metric_pairs], ids="pairs-{}".format)
    metafunc.parametrize("length", profile.metric_lengths, ids="source-{}".format)
    metafunc.parametrize("part", [BASELINE, "levenshtein"])


def bench_metric(compare: Compare, device: torch.device, task: TaskConfig, pairs: int, length: int, part: str) -> None:
    if not task.definition.from_files:
        task = TaskConfig(min_length=length, max_length=length)
    batch = examples(task, CPU).draw(pairs)
    case = Case(
        suite="metric",
        name=f"{device} {pairs} pairs source {length}",
        device=str(device),
        batch=pairs,
        source_length=batch.source.size(1),
        target_length=batch.target.size(1),
        padding_ratio=1 - int(batch.source_lengths.sum()) / batch.source.numel(),
        hidden_size=CONFIG.hidden_size,
        cell=CONFIG.cell,
        directions=CONFIG.directions,
        tokens="target",
        token_count=int(batch.target_lengths.sum()),
    )
    make = {BASELINE: evaluation_workload, "levenshtein": scoring_workload}
    compare(case, part, BASELINE, lambda name: make[name](task, pairs, device))


def evaluation_workload(task: TaskConfig, pairs: int, device: torch.device) -> Workload:
    """An evaluation on `pairs` examples."""
    model = build_model(CONFIG, task, seed=0, device=device)
    data = examples(task, device)

    def run() -> None:
        evaluate(model, data, pairs)

    return run


def scoring_workload(task: TaskConfig, pairs: int, device: torch.device) -> Workload:
    """The scoring of the predictions of the same model for the same examples."""
    model = build_model(CONFIG, task, seed=0, device=device).eval()
    data = examples(task, device)
    scored: list[tuple[list[int], list[int]]] = []
    while len(scored) < pairs:
        drawn = data.draw(min(PLAIN.evaluation_batch_size, pairs - len(scored)))
        for batch in drawn.split(sequences_at_once(drawn.source.size(1), drawn.target.size(1))):
            limit = decoding_limit(task, task.max_length)
            decoded = model.greedy(batch.source, batch.source_lengths, limit, keep_weights=False)
            lengths = (batch.target_lengths - 1).tolist()  # without EOS
            targets = [target[:length] for target, length in zip(batch.target.tolist(), lengths, strict=True)]
            scored += zip(decoded.predictions, targets, strict=True)

    def run() -> None:
        for prediction, target in scored:
            sequence_metrics(prediction, target)

    return run
