"""The recipe `transformer` equals the equations of its paper, decodes as it is trained, and is one arm of a study."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.utils._python_dispatch import TorchDispatchMode

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.conformance.recipes import RECIPE_CHECKS
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.tokens import EOS, SOS
from seq2seq_core.training import build_model, train
from studies.commands.export import settings_of
from studies.design.study import Arm, Study
from studies.planning.plan import plan
from studies.recipes.transformer import HEADS, TransformerRecipe

Array = NDArray[np.float64]

CPU = torch.device("cpu")
TASK = TaskConfig(letters=5, min_length=1, max_length=6)
MODEL = ModelConfig(score=None, hidden_size=8, layers=2)


def built(config: ModelConfig = MODEL, seed: int = 0) -> Seq2Seq:
    """A model in float64 in which no parameter is zero."""
    model = build_model(config, TASK, seed, CPU, recipe=TransformerRecipe()).double().eval()
    random = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn(parameter.shape, generator=random, dtype=torch.float64)
    return model


def batch_of(lengths: list[int], seed: int = 0) -> Batch:
    return Examples(TASK, seed, "test", CPU).draw_lengths(torch.tensor(lengths))


class Plain:
    """The equations of the paper for one sequence without padding, in NumPy."""

    def __init__(self, model: Seq2Seq) -> None:
        self.weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}

    def logits(self, source: list[int], target: list[int]) -> Array:
        """Source tokens, and the target tokens that are fed -> logits (T,V)."""
        x = self.embedded("encoder", source)
        for layer in range(MODEL.layers):
            at = f"encoder.layers.layers.{layer}."
            x = self.norm(f"{at}norm1", x + self.attention(f"{at}self_attn", x, x))
            x = self.norm(f"{at}norm2", x + self.wide(at, x))
        memory = self.norm("encoder.layers.norm", x)
        y = self.embedded("decoder", target)
        for layer in range(MODEL.layers):
            at = f"decoder.layers.layers.{layer}."
            y = self.norm(f"{at}norm1", y + self.attention(f"{at}self_attn", y, y, causal=True))
            y = self.norm(f"{at}norm2", y + self.attention(f"{at}multihead_attn", y, memory))
            y = self.norm(f"{at}norm3", y + self.wide(at, y))
        return self.linear("decoder.output", self.norm("decoder.layers.norm", y))

    def embedded(self, part: str, tokens: list[int]) -> Array:
        size = MODEL.hidden_size
        embedded = self.weights[f"{part}.embedding.weight"][tokens] * math.sqrt(size)
        for position, channel in np.ndindex(embedded.shape):
            angle = position / 10_000 ** (2 * (channel // 2) / size)
            embedded[position, channel] += np.cos(angle) if channel % 2 else np.sin(angle)
        return embedded

    def attention(self, name: str, queries: Array, others: Array, *, causal: bool = False) -> Array:
        query, key, value = (
            given @ weight.T + bias
            for given, weight, bias in zip(
                (queries, others, others),
                np.split(self.weights[f"{name}.in_proj_weight"], 3),
                np.split(self.weights[f"{name}.in_proj_bias"], 3),
                strict=True,
            )
        )
        heads = []
        for q, k, v in zip(*(np.split(each, HEADS, axis=1) for each in (query, key, value)), strict=True):
            weights = np.exp(q @ k.T / math.sqrt(q.shape[1]))
            weights = np.tril(weights) if causal else weights
            heads.append(weights / weights.sum(axis=1, keepdims=True) @ v)
        return self.linear(f"{name}.out_proj", np.concatenate(heads, axis=1))

    def wide(self, at: str, x: Array) -> Array:
        return self.linear(f"{at}linear2", np.maximum(0, self.linear(f"{at}linear1", x)))

    def linear(self, name: str, x: Array) -> Array:
        y: Array = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return y

    def norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        y: Array = scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return y


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3), boundaries=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=8)
def test_logits_equal_the_equations_without_padding(lengths: list[int], boundaries: bool, seed: int) -> None:
    model, batch = built(MODEL.replace({"boundaries": boundaries}), seed), batch_of(lengths, seed)
    logits = model(batch.source, batch.source_lengths, batch.target, None, batch.target_lengths).detach().numpy()
    plain = Plain(model)
    for row, length in enumerate(lengths):
        source, target = batch.source[row, :length].tolist(), batch.target[row, : length + 1].tolist()
        expected = plain.logits([SOS, *source, EOS] if boundaries else source, [SOS, *target[:-1]])
        np.testing.assert_allclose(logits[row, : length + 1], expected, rtol=0, atol=1e-10)


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3), boundaries=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=8)
def test_greedy_decoding_equals_teacher_forcing_with_its_predictions(
    lengths: list[int], boundaries: bool, seed: int
) -> None:
    model, batch = built(MODEL.replace({"boundaries": boundaries}), seed), batch_of(lengths, seed)
    decoded = model.greedy(batch.source, batch.source_lengths, 40, until_end=False)
    assert torch.equal(model(batch.source, batch.source_lengths, decoded.tokens).argmax(-1), decoded.tokens)
    assert decoded.weights is None


class LargestResult(TorchDispatchMode):
    """The elements of the largest tensor that an operation returns."""

    elements = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, torch.Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


def test_memory_does_not_grow_with_the_square_of_the_length() -> None:
    model, length = built(), 500
    with LargestResult() as largest:
        model.greedy(torch.full((1, length), 3), torch.tensor([length]), 3, until_end=False)
    assert largest.elements < 100 * length


@pytest.mark.parametrize("check", RECIPE_CHECKS)
def test_the_recipe_conforms(check: str) -> None:
    RECIPE_CHECKS[check](TransformerRecipe, MODEL, TASK)


@pytest.mark.parametrize(
    ("model", "training", "message"),
    [
        ({"score": "dot"}, {}, "ModelConfig.score: 'dot' is refused; expected None with the recipe 'transformer'"),
        ({"bidirectional": True}, {}, "ModelConfig.bidirectional: True is refused; expected False"),
        ({"hidden_size": 12}, {}, "ModelConfig.hidden_size: 12 is refused; expected a multiple of 8"),
        ({}, {"forcing": 0.5}, "TrainConfig.forcing: 0.5 with the decay 'constant' is refused; expected 1"),
    ],
)
def test_settings_of_another_network_are_refused_before_a_training(
    model: dict[str, Any], training: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(MODEL.replace(model), TASK, TrainConfig(**training), 0, recipe=TransformerRecipe())


def test_an_arm_of_a_study_has_the_recipe_and_the_others_keep_theirs(study: Study) -> None:
    arm = Arm(recipe="transformer", score=None, hidden_size=16)
    both = replace(study, arms={**study.arms, "transformer": arm})
    planned = plan(both, "quick")
    recipes = {run.variant.arm: run.setup.recipe for run in planned.initial_runs}
    assert recipes == {**dict.fromkeys(study.arms, "plain"), "transformer": "transformer"}
    before = [run.run_id for run in plan(study, "quick").initial_runs]
    assert [run.run_id for run in planned.initial_runs if run.setup.recipe == "plain"] == before
    recorded = settings_of("study", planned, {})["arms"]
    assert recorded["transformer"] == {"score": None, "hidden_size": 16, "recipe": "transformer"}
    with pytest.raises(ConfigError, match=r"arm 'x': ModelConfig.score: 'dot' is refused"):
        replace(study, arms={**study.arms, "x": Arm(recipe="transformer", score="dot", hidden_size=16)})
    with pytest.raises(ConfigError, match="arm 'x': unknown recipe 'transformers'; did you mean 'transformer'"):
        replace(study, arms={**study.arms, "x": Arm(recipe="transformers")})
