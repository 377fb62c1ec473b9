"""The arms of the studies of longer strings differ in what their comparisons say."""

from typing import Any

import pytest
import torch

from seq2seq_core.config import ConfigError
from seq2seq_core.training import build_model
from studies import catalog
from studies.design.setup import Setup
from studies.planning.plan import plan


def setups(name: str) -> dict[str, Setup]:
    return {variant.arm: variant.setup for variant in plan(catalog.load(name), "smoke").variants}


def changes(one: Setup, other: Setup) -> dict[str, object]:
    """The settings of a model in which it differs from another, and nothing else does."""
    assert (one.task, one.training, one.recipe) == (other.task, other.training, other.recipe)
    before = other.model.to_dict()
    return {name: value for name, value in one.model.to_dict().items() if value != before[name]}


def test_boundary_tokens_and_directions_are_compared_over_pairs_that_differ_in_them() -> None:
    arms, (boundaries, directions) = setups("generalise"), catalog.load("generalise").switches
    assert {str(changes(arms[on], arms[off])) for on, off in boundaries.pairs} == {"{'boundaries': True}"}
    assert {str(changes(arms[on], arms[off])) for on, off in directions.pairs} == {"{'bidirectional': True}"}
    paired = {name for switch in (boundaries, directions) for pair in switch.pairs for name in pair}
    assert set(arms) == {*paired, "transformer"}


def test_each_arm_of_the_parts_has_one_change() -> None:
    arms = setups("generalise_parts")
    found = {name: changes(setup, arms["shift"]) for name, setup in arms.items() if name != "shift"}
    assert all(len(changed) == 1 for changed in found.values())
    assert {one.arm for one in catalog.load("generalise_parts").contrasts} == found.keys()


@pytest.mark.parametrize(
    ("name", "steps"), [("generalise", 1000), ("generalise_parts", 1000), ("generalise_tasks", 2000)]
)
def test_every_arm_trains_for_as_many_steps_whether_it_is_solved_or_not(name: str, steps: int) -> None:
    trainings = [variant.setup.training for variant in plan(catalog.load(name), "full").variants]
    assert {one.epochs * one.steps_per_epoch for one in trainings} == {steps}
    assert {one.stop_at for one in trainings} == {None}


@pytest.mark.parametrize("name", ["generalise", "generalise_tasks"])
def test_the_transformer_has_about_as_many_parameters(name: str) -> None:
    arms = setups(name)

    def parameters(arm: str) -> int:
        setup = arms[arm]
        model = build_model(setup.model, setup.task, 0, torch.device("cpu"), setup.training, setup.build_recipe())
        return sum(parameter.numel() for parameter in model.parameters())

    assert 0.8 < parameters("transformer") / parameters("general") < 1.25


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_lengths": [10]}, r"longest of test_lengths \[10\] is not longer than max_length 40; expected a longer"),
        ({"test_lengths": []}, r"longest of test_lengths \[\] is not longer than max_length 40; expected a longer one"),
        ({"max_length": 10_000}, "is not longer than max_length 10000; expected a longer one"),
    ],
)
def test_a_study_of_longer_sources_needs_longer_test_lengths(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(catalog.load("generalise"), "full", settings=settings)
