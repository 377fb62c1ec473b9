"""Greedy decoding for a fixed number of steps, which the metric of the article needs, and until every row has ended."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import EOS
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=6)


def ending(seed: int, **settings: Any) -> Seq2Seq:
    """A model that predicts EOS at different steps: its states have more effect than its biases."""
    config = ModelConfig.from_dict({"embedding_size": 5, "hidden_size": 6, **settings})
    net = build_model(config, TASK, seed, CPU).double()
    net.decoder.output.weight.data *= 10
    return net


@given(seed=st.integers(0, 200), limit=st.integers(1, 15))
def test_decoding_past_the_end_changes_no_prediction(seed: int, limit: int) -> None:
    net, batch = ending(seed), Examples(TASK, seed, "train", CPU).draw(8)
    until = net.greedy(batch.source, batch.source_lengths, limit)
    full = net.greedy(batch.source, batch.source_lengths, limit, until_end=False)
    assert full.predictions == until.predictions
    assert full.tokens.shape == (8, limit)
    steps = until.tokens.size(1)
    assert torch.equal(full.tokens[:, :steps], until.tokens)
    ends = [row.index(EOS) + 1 if EOS in row else limit for row in full.tokens.tolist()]
    assert steps == max(ends)


@pytest.mark.usefixtures("_both_paths")
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_steps_past_the_end_are_fed_the_previous_prediction(cell: str) -> None:
    """Teacher forcing with all tokens, those after EOS included, predicts the same tokens."""
    after_end = 0
    for seed in range(20):
        net, batch = ending(seed, cell=cell), Examples(TASK, seed, "train", CPU).draw(8)
        tokens = net.greedy(batch.source, batch.source_lengths, 12, until_end=False).tokens
        assert torch.equal(net(batch.source, batch.source_lengths, tokens).argmax(-1), tokens)
        after_end += int((tokens[:, :-1] == EOS).sum())
    assert after_end > 20


@pytest.mark.parametrize("score", ["general", "shift"])
def test_a_gradient_may_pass_through_the_result(score: str) -> None:
    """Decoding runs in inference mode, whose tensors autograd refuses."""
    net, batch = ending(1, score=score), Examples(TASK, 1, "train", CPU).draw(3)
    decoded = net.greedy(batch.source, batch.source_lengths, 1)
    embedded = net.decoder.embedding(decoded.tokens)  # (B,1,5)
    (embedded.sum() * decoded.weights.sum()).backward()
    grad = net.decoder.embedding.weight.grad
    assert grad.sum().item() == pytest.approx(3 * 3 * 5)  # 3 tokens of 5 channels, times 3 rows of weights
