"""Scoring takes long batches in parts, with the same figures, and in memory that has a bound."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seq2seq_core.evaluation.evaluate
from benchmarks.timing.peak_memory import peak_bytes
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.evaluation.alignment import mean_alignment
from seq2seq_core.evaluation.evaluate import evaluate, sequences_at_once
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.training import build_model

CPU = torch.device("cpu")


def network(task: TaskConfig) -> Seq2Seq:
    return build_model(ModelConfig(embedding_size=3, hidden_size=4), task, 1, CPU)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shortest=st.integers(1, 9), more=st.integers(0, 9), size=st.integers(1, 40), at_once=st.integers(1, 3000))
def test_a_set_that_is_evaluated_in_parts_has_the_same_metrics(
    monkeypatch: pytest.MonkeyPatch, shortest: int, more: int, size: int, at_once: int
) -> None:
    task = TaskConfig(min_length=shortest, max_length=shortest + more)
    net = network(task).double()
    at_a_time = evaluate(net, Examples(task, 1, "test", CPU), size)
    with monkeypatch.context() as smaller:
        smaller.setattr(seq2seq_core.evaluation.evaluate, "WEIGHTS_AT_ONCE", at_once)
        in_parts = evaluate(net, Examples(task, 1, "test", CPU), size)
    assert in_parts.sequences == at_a_time.sequences
    assert in_parts.loss == pytest.approx(at_a_time.loss, abs=1e-12)


def test_sets_of_sources_up_to_129_letters_are_evaluated_500_at_once() -> None:
    assert sequences_at_once(129, 130) >= 500 > sequences_at_once(130, 131)
    assert sequences_at_once(10_000, 10_001) == 1


def test_the_logits_of_a_large_vocabulary_are_not_computed_for_500_sequences_at_once() -> None:
    assert sequences_at_once(14, 15, 100_000) == 5
    assert sequences_at_once(14, 15, 7) == sequences_at_once(14, 15)


@pytest.mark.parametrize(
    "work",
    [lambda net, examples: evaluate(net, examples, 40), lambda net, examples: mean_alignment(net, examples, 500)],
    ids=["a set", "a mean alignment"],
)
def test_evaluation_holds_a_few_times_the_weights_of_a_part(
    work: Callable[[Seq2Seq, Examples], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All weights of the set take 1.2 MB while it is decoded, those of the mean 1.5 MB; of a part, 0.25 MB."""
    monkeypatch.setattr(seq2seq_core.evaluation.evaluate, "WEIGHTS_AT_ONCE", 2**16)
    task = TaskConfig(min_length=60, max_length=60)
    net, examples = network(task), Examples(task, 1, "test", CPU)
    assert peak_bytes(lambda: work(net, examples), CPU) < 4 * 4 * 2**16
