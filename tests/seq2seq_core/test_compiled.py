"""The option `compile`: it computes the same function, and is rejected where nothing can be compiled."""

import dataclasses
from pathlib import Path

import pytest
import torch
from decoder_cases import make_case

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.device import check_compiler
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.training import train
from studies import catalog
from studies.design.study import Arm
from studies.planning.plan import plan


@pytest.mark.slow
@pytest.mark.parametrize("score", ["additive", "additive_normalised"])
def test_a_compiled_decoder_has_the_values_and_gradients_of_the_formula(score: str) -> None:
    for lengths, steps in (([5, 2], 4), ([3, 7, 1], 2)):  # the second sizes need no recompilation
        plain, compiled = (make_case(lengths, 1, steps, score=score, compile=compile) for compile in (False, True))
        weights = torch.randn_like(plain.logits())
        outcomes = []
        for case in (plain, compiled):
            logits = case.logits()
            gradients = torch.autograd.grad((logits * weights).sum(), [*case.decoder.parameters()], allow_unused=True)
            outcomes.append((logits, [grad for grad in gradients if grad is not None]))
        torch.testing.assert_close(outcomes[0], outcomes[1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("wiring", [{"score": "general"}, {"query": "previous"}, {"input_feeding": True}])
def test_compile_is_rejected_if_nothing_would_be_compiled(wiring: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"compile: True is refused; expected false, or an additive score"):
        ModelConfig.from_dict({"score": "additive", "compile": True, **wiring})


def test_without_a_compiler_a_training_or_study_is_rejected_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ModelConfig(score="additive", compile=True)
    monkeypatch.setenv("CXX", str(tmp_path / "none"))
    check_compiler(dataclasses.replace(config, compile=False), "cpu")
    check_compiler(config, "cuda")
    with pytest.raises(ConfigError, match=r"there is no compiler .*none"):
        check_compiler(config, "cpu")
    with pytest.raises(ConfigError, match=r"there is no compiler"):
        train(config, TaskConfig(), TrainConfig(epochs=1, steps_per_epoch=1), seed=0)
    study = catalog.load("attention")
    arms = {**study.arms, "compiled": Arm(score="additive", compile=True)}
    with pytest.raises(ConfigError, match=r"there is no compiler"):
        plan(dataclasses.replace(study, arms=arms), "smoke")


def test_greedy_decoding_needs_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step at a time is the plain formula, so a model decodes where it could not be trained."""
    compiled: list[torch.Size] = []

    def run_compiled(formula: object, query: torch.Tensor, keys: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
        compiled.append(query.shape)
        return query.new_zeros(query.size(0), query.size(1), keys.size(1))

    monkeypatch.setattr("seq2seq_core.layers.fast_path.sequences.run_compiled", run_compiled)
    model = Seq2Seq(ModelConfig(score="additive", compile=True, hidden_size=4, embedding_size=3), 6)
    source, lengths = torch.tensor([[3, 4, 5]]), torch.tensor([3])
    model.greedy(source, lengths, 4, until_end=False)
    assert compiled == []
    model(source, lengths, source)
    assert compiled == [(1, 3, 4)]
