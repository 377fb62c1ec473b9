"""Initial values: those of `initialise`, those that layers keep, and those that a module sets itself."""

import pytest
import torch
from torch import nn

from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.layers.scores.dot_product import General
from seq2seq_core.seeding import generator, initialise
from seq2seq_core.training import build_model

CPU = torch.device("cpu")


class Scaled(nn.Module):
    """A scale that starts with 5, and noise."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, 1))
        self.noise = nn.Parameter(torch.ones(3))
        self.linear = nn.Linear(2, 3)

    def initial_values(self, generator: torch.Generator) -> None:
        nn.init.constant_(self.scale, 5)
        nn.init.normal_(self.noise, generator=generator)


class Outer(nn.Module):
    """Changes a value of the module in it, and has another module before it."""

    def __init__(self) -> None:
        super().__init__()
        self.before = Scaled()
        self.inner = Scaled()

    def initial_values(self, generator: torch.Generator) -> None:
        self.inner.scale += 1


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = Scaled()
        self.number = nn.Parameter(torch.tensor(5.0))
        self.vector = nn.Parameter(torch.ones(1))
        self.norms = nn.ModuleList(
            [nn.BatchNorm1d(2), nn.InstanceNorm1d(2, affine=True), nn.LayerNorm(2), nn.GroupNorm(1, 2), nn.RMSNorm(2)]
        )


def initialised(module: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    initialise(module, seed)
    return module.state_dict()


def test_numbers_and_normalisation_layers_keep_their_values_and_others_are_replaced() -> None:
    values = initialised(Plain(), 0)
    assert values["number"] == 5
    assert values["vector"].tolist() == [0]
    for norm in range(5):
        assert values[f"norms.{norm}.weight"].tolist() == [1, 1]
    for norm in range(2):
        assert values[f"norms.{norm}.bias"].tolist() == [0, 0]


def test_a_module_sets_values_of_its_own_and_the_others_in_it_stay_those_of_the_seed() -> None:
    values = initialised(Plain(), 3)
    assert values["inner.scale"].tolist() == [[5]]
    expected = nn.init.xavier_normal_(torch.empty(3, 2), generator=generator(3, "initial inner.linear.weight", CPU))
    assert torch.equal(values["inner.linear.weight"], expected)
    assert values["inner.linear.bias"].tolist() == [0, 0, 0]


def test_random_values_of_its_own_depend_on_the_seed_and_the_place_alone() -> None:
    first, again, other = initialised(Plain(), 3), initialised(Outer(), 3), initialised(Plain(), 4)
    assert torch.equal(first["inner.noise"], again["inner.noise"])
    assert not torch.equal(again["inner.noise"], again["before.noise"])
    assert not torch.equal(first["inner.noise"], other["inner.noise"])


def test_a_module_sets_values_after_the_modules_in_it() -> None:
    values = initialised(Outer(), 0)
    assert (values["inner.scale"].item(), values["before.scale"].item()) == (6, 5)


def test_a_score_of_a_model_starts_with_its_own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sharp(General):
        def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
            super().__init__(query_size, value_size, key_size)
            self.sharpness = nn.Parameter(torch.ones(1))

        def initial_values(self, generator: torch.Generator) -> None:
            nn.init.constant_(self.sharpness, 2)

    monkeypatch.setitem(SCORES, "sharp", Sharp)
    small = {"hidden_size": 4, "embedding_size": 3}
    models = [build_model(ModelConfig(score=score, **small), TaskConfig(), 0, CPU) for score in ("general", "sharp")]
    general, sharp = (model.state_dict() for model in models)
    (own,) = sharp.keys() - general.keys()
    assert sharp[own].tolist() == [2]
    assert all(torch.equal(sharp[name], general[name]) for name in general)
