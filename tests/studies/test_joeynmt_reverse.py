"""The replication of joeynmt's reversal has its model, its data and its BLEU."""

import math

import pytest
import torch
from needs import package

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.training.step import build_model
from studies import catalog
from studies.recipes import joeynmt_reverse
from studies.recipes.joeynmt_reverse import LONGEST, JoeynmtReverse, bleu

package("sacrebleu", extra="bleu")
CPU = torch.device("cpu")
TASK = TaskConfig(letters=5, min_length=1, max_length=4)
SMALL = catalog.load("joeynmt_reverse").base.replace({"hidden_size": 4, "embedding_size": 3})


@pytest.mark.parametrize("check", RECIPE_CHECKS)
@pytest.mark.parametrize("fed", [True, False])
def test_the_recipe_conforms(check: str, fed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joeynmt_reverse, "TRAINING_STRINGS", 12)
    RECIPE_CHECKS[check](JoeynmtReverse, SMALL.replace({"input_feeding": fed}), TASK)


def test_bleu_is_the_geometric_mean_of_the_precisions_times_the_brevity_penalty() -> None:
    """Worked by hand: of "3 4 5 6 7 9" against "3 4 5 6 7 8 9", 6 of 6 words, 4 of 5 pairs, 3 of 4 and 2 of 3."""
    assert bleu(["3 4 5 6 7"], ["3 4 5 6 7"]) == pytest.approx(100)
    precisions = [6 / 6, 4 / 5, 3 / 4, 2 / 3]
    expected = 100 * math.exp(1 - 7 / 6) * math.prod(precisions) ** 0.25
    assert bleu(["3 4 5 6 7 9"], ["3 4 5 6 7 8 9"]) == pytest.approx(expected)


def test_training_repeats_50000_strings_and_the_other_sets_have_longer_ones() -> None:
    training = TrainConfig(batch_size=500)
    train = JoeynmtReverse().examples(TASK, training, 0, "train", CPU)
    passes = [[train.draw(500) for _ in range(100)] for _ in range(2)]
    orders = [
        [
            tokens[:length]
            for batch in one
            for tokens, length in zip(batch.target.tolist(), batch.target_lengths, strict=True)
        ]
        for one in passes
    ]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])
    assert len(orders[0]) == 50_000
    assert max(map(len, orders[0])) == TASK.max_length + 1
    for stream in ("evaluation", "test"):
        assert int(JoeynmtReverse().examples(TASK, training, 0, stream, CPU).draw(500).source_lengths.max()) == LONGEST


@pytest.mark.parametrize("fed", [True, False])
def test_dropout_acts_in_training_only(fed: bool) -> None:
    config = SMALL.replace({"input_feeding": fed})
    model = build_model(config, TASK, 0, CPU, TrainConfig(), JoeynmtReverse())
    source, lengths = torch.randint(3, 8, (6, 4)), torch.full((6,), 4)
    model.train()
    assert not torch.equal(model(source, lengths, source), model(source, lengths, source))
    parts = (model.encoder, model.decoder)
    for part, other in (parts, parts[::-1]):  # in each of the two
        part.train()
        other.eval()
        assert not torch.equal(model(source, lengths, source), model(source, lengths, source))
    model.eval()
    assert torch.equal(model(source, lengths, source), model(source, lengths, source))


def test_initial_weights_are_those_of_the_published_code() -> None:
    config = SMALL.replace({"hidden_size": 30, "embedding_size": 40})
    model = build_model(config, TaskConfig(letters=50), 0, CPU, TrainConfig(), JoeynmtReverse())
    embeddings = torch.cat([model.encoder.embedding.weight, model.decoder.embedding.weight]).detach()
    assert float(embeddings.std()) == pytest.approx(0.1, rel=0.05)
    weight = model.decoder.cell.weight_ih_l0.detach()  # (4 H, E + H); each gate is (H, E + H)
    assert 0.97 < float(weight.abs().max()) / (6 / (30 + 70)) ** 0.5 <= 1
    assert model.decoder.output.bias is None
    assert model.decoder.attentional is not None
    assert not model.decoder.attentional.bias.any()


def test_settings_that_the_recipe_has_no_use_for_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"attentional_layer False, layers 1, .*; expected true, 1, 0 and 0"):
        JoeynmtReverse().check(ModelConfig(), TASK, TrainConfig())
    with pytest.raises(ConfigError, match=r"query 'previous'; expected 'current'"):  # a kernel without dropout
        JoeynmtReverse().check(SMALL.replace({"query": "previous", "input_feeding": False}), TASK, TrainConfig())
    with pytest.raises(ConfigError, match=r"max_length 31; expected at most 30"):
        JoeynmtReverse().check(SMALL, TaskConfig(max_length=31), TrainConfig())
    JoeynmtReverse().check(SMALL, TaskConfig(max_length=30), TrainConfig())
