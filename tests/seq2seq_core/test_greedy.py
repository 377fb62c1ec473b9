"""Decoding for as many steps as are asked for, whatever has ended: the article's metric wants it so."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tasks.reverse import Examples
from seq2seq_core.tokens import EOS
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=6)


def ending(seed: int, cell: str = "gru") -> Seq2Seq:
    """A network whose sequences end now and then: its states matter more than its biases."""
    net = build_model(ModelConfig(embedding_size=5, hidden_size=6, cell=cell), TASK, seed, CPU).double()
    net.decoder.output.weight.data *= 10
    return net


@given(seed=st.integers(0, 200), limit=st.integers(1, 15))
def test_going_on_after_the_end_changes_no_prediction(seed: int, limit: int) -> None:
    net, batch = ending(seed), Examples(TASK, seed, "train", CPU).draw(8)
    until = net.greedy(batch.source, batch.source_lengths, limit)
    whole = net.greedy(batch.source, batch.source_lengths, limit, until_end=False)
    assert whole.predictions == until.predictions
    assert whole.tokens.shape == (8, limit)
    steps = until.tokens.size(1)
    assert torch.equal(whole.tokens[:, :steps], until.tokens)
    ends = [row.index(EOS) + 1 if EOS in row else limit for row in whole.tokens.tolist()]
    assert steps == max(ends)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_what_follows_the_end_is_what_comes_of_feeding_it(cell: str) -> None:
    """Teacher forcing on all tokens, those after EOS too, chooses the same ones again."""
    seen = 0
    for seed in range(20):
        net, batch = ending(seed, cell), Examples(TASK, seed, "train", CPU).draw(8)
        tokens = net.greedy(batch.source, batch.source_lengths, 12, until_end=False).tokens
        assert torch.equal(net(batch.source, batch.source_lengths, tokens).argmax(-1), tokens)
        seen += int((tokens[:, :-1] == EOS).sum())
    assert seen > 20
