"""The replication of pytorch-seq2seq's toy example has its model, and its metrics are free-running."""

import math

import pytest
import torch
from torch.nn import functional

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.layers.scores.additive import AdditiveScore
from seq2seq_core.tokens import EOS
from seq2seq_core.training.step import build_model, make_optimizer, training_step
from studies.recipes.ibm_toy import EXAMPLE, RANGE, IbmToy, perplexity

CPU = torch.device("cpu")
TASK = TaskConfig(letters=10, min_length=1, max_length=4)
SMALL = ModelConfig(cell="lstm", hidden_size=6, embedding_size=4, score="dot", attentional_layer=True)


@pytest.mark.parametrize("check", RECIPE_CHECKS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_recipe_conforms(check: str, cell: str) -> None:
    RECIPE_CHECKS[check](IbmToy, SMALL.replace({"cell": cell}), TASK)


def test_the_encoder_has_half_of_each_size_and_the_decoder_starts_from_both_directions() -> None:
    model = build_model(SMALL, TASK, 0, CPU, TrainConfig(), IbmToy()).double()
    assert model.encoder.embedding.weight.shape == (13, 2)
    assert model.encoder.cell.hidden_size == 3
    source, lengths = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]]), torch.tensor([4, 2])
    memory, (h, c) = model.encode(source, lengths)
    assert memory is not None
    assert h.shape == c.shape == (1, 2, 6)
    for row, length in enumerate((4, 2)):  # the forward direction ends at the last letter, the other at the first
        torch.testing.assert_close(h[0, row, :3], memory.values[row, length - 1, :3])
        torch.testing.assert_close(h[0, row, 3:], memory.values[row, 0, 3:])


def test_the_energies_may_be_compiled() -> None:
    """The encoder has no score, and refused the setting in each run."""
    compiled = SMALL.replace({"score": "additive", "compile": True})
    score = build_model(compiled, TASK, 0, CPU, TrainConfig(), IbmToy()).decoder.score
    assert isinstance(score, AdditiveScore)
    assert score.compiled


def test_all_parameters_are_uniform_in_the_published_range() -> None:
    model = build_model(SMALL.replace({"hidden_size": 60}), TASK, 0, CPU, TrainConfig(), IbmToy())
    values = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    assert 0.99 * RANGE < float(values.abs().max()) <= RANGE
    assert float(values.std()) == pytest.approx(RANGE / math.sqrt(3), rel=0.02)


def test_the_perplexity_is_that_of_a_decoder_that_reads_its_own_predictions() -> None:
    """Step by step, for one example at a time; with true tokens it would be another."""
    model = build_model(SMALL, TASK, 3, CPU, TrainConfig(), IbmToy()).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(20)  # so that predictions differ from step to step
        found = perplexity(model, Examples(TASK, 1, "test", CPU), 7)
        batch = Examples(TASK, 1, "test", CPU).draw(7)
        losses, forced = [], []
        for row in range(7):
            length, steps = int(batch.source_lengths[row]), int(batch.target_lengths[row])
            memory, state = model.encode(batch.source[row : row + 1, :length], torch.tensor([length]))
            advance, token = model.decoder.token_step(memory, model.decoder.start(state)), torch.tensor([[1]])
            for step in range(steps):
                logits, _ = advance(token)
                losses.append(functional.cross_entropy(logits[0], batch.target[row, step : step + 1]).item())
                token = logits.argmax(dim=-1)
        logits = model(batch.source, batch.source_lengths, batch.target)
        forced = functional.cross_entropy(logits.mT, batch.target, ignore_index=0).exp().item()
    assert found == pytest.approx(math.exp(sum(losses) / len(losses)), rel=1e-9)
    assert found != pytest.approx(forced, rel=1e-3)


def test_the_example_is_right_only_if_the_complete_string_is_reversed() -> None:
    assert (EXAMPLE, TASK.encode(EXAMPLE)) == ("bdfhj", [4, 6, 8, 10, 12])  # the digits 1 3 5 7 9
    model = build_model(SMALL.replace({"hidden_size": 16}), TASK, 0, CPU, TrainConfig(), IbmToy())
    examples = Examples(TASK, 1, "test", CPU)
    assert IbmToy().measure(model, examples, 3)["example"] == 0
    learnt = torch.tensor([[12, 10, 8, 6, 4, EOS]])
    adam = make_optimizer(model, 3e-2)
    source = torch.tensor([TASK.encode(EXAMPLE)])
    for _ in range(60):
        batch = Batch(source, torch.tensor([5]), learnt, torch.tensor([6]))
        training_step(model, batch, adam, None)
    assert IbmToy().measure(model, examples, 3)["example"] == 1


def test_an_alphabet_without_the_example_is_refused() -> None:
    with pytest.raises(ConfigError, match="the letter 'f' is unknown"):
        IbmToy().check(SMALL, TaskConfig(letters=4), TrainConfig())


@pytest.mark.parametrize("wrong", [{"hidden_size": 7}, {"attentional_layer": False}, {"layers": 2}])
def test_settings_that_the_recipe_has_no_use_for_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"recipe 'ibm_toy': .*; expected true, false, 1 and even sizes"):
        IbmToy().check(SMALL.replace(wrong), TASK, TrainConfig())


@pytest.mark.parametrize(
    "wrong",
    [{"bridge": "zero"}, {"bridge": "projected"}, {"query": "previous"}, {"input_feeding": True}, {"mlp": True}],
)
def test_a_setting_that_the_model_would_not_have_is_refused(wrong: dict[str, object]) -> None:
    """The bridge had no effect, and the others failed in every run."""
    ((name, value),) = wrong.items()
    with pytest.raises(
        ConfigError, match=rf"recipe 'ibm_toy': .*{name} {value}.*; expected bridge last, query current"
    ):
        IbmToy().check(SMALL.replace(wrong), TASK, TrainConfig())
