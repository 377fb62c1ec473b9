"""The recipes of a study and of its arms: their extra metrics, their settings, and the end of solved runs."""

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
from optuna.distributions import IntDistribution

from seq2seq_core.config import ConfigError, TaskConfig
from seq2seq_core.recipe import Recipe
from studies.design.study import Arm, Study
from studies.design.tuning import Tuning
from studies.recipes.registry import RECIPES


def test_an_extra_metric_has_a_valid_column_name(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(Recipe):
        extra_metrics = ("",)

    monkeypatch.setitem(RECIPES, "plain", Own)
    with pytest.raises(ConfigError, match="extra metric is ''; expected a text on one line"):
        dataclasses.replace(study)


@pytest.mark.parametrize("name", ["exact_match", "steps", "step", "length", "hidden_size", "max_length"])
def test_an_extra_metric_replaces_no_column(study: Study, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    class Own(Recipe):
        extra_metrics = (name,)

    monkeypatch.setitem(RECIPES, "plain", Own)
    with pytest.raises(ConfigError, match=f"metric '{name}': the tables have a column of this name; expected another"):
        dataclasses.replace(study)


@pytest.mark.parametrize("recipe", [5, 0, True, False])
def test_the_recipe_of_an_arm_is_a_text(study: Study, recipe: Any) -> None:
    with pytest.raises(ConfigError, match=rf"Arm\.recipe: {recipe}; expected a text or None"):
        dataclasses.replace(study, arms={**study.arms, "other": Arm(recipe=recipe)})


def test_a_tuning_space_that_a_recipe_refuses_is_refused(study: Study) -> None:
    """The heads of the Transformer divide its hidden size."""
    arms = {"none": Arm(recipe="transformer", score=None), "dot": Arm(recipe="transformer", score=None, layers=2)}
    tuning = Tuning(space={"hidden_size": IntDistribution(9, 31)}, trials_per_arm=2)
    base = replace(study.base, hidden_size=8)
    with pytest.raises(ConfigError, match=r"Tuning\.space: ModelConfig\.hidden_size: 9 is refused"):
        replace(study, base=base, arms=arms, factors={}, baseline="none", tuning=tuning)


def test_an_arm_whose_solved_runs_end_by_another_rule_is_refused(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report has one sentence on the end of runs."""
    arms = {"none": Arm(recipe="transformer", hidden_size=8, score=None), "dot": Arm(score="dot")}
    dataclasses.replace(study, arms=arms)
    monkeypatch.setattr(RECIPES["transformer"], "stops", "after the first evaluation")
    with pytest.raises(ConfigError) as caught:
        dataclasses.replace(study, arms=arms)
    assert str(caught.value) == (
        "arm 'none': end of solved runs of its recipe 'transformer': after the first evaluation; of the study's recipe "
        "'plain': the default; expected the same"
    )


@pytest.mark.parametrize("name", ["decimal40", "grefenstette2015", "joeynmt_reverse", "wang2023", "ibm_toy"])
def test_a_recipe_that_draws_its_strings_refuses_pairs(study: Study, name: str) -> None:
    """Its runs failed at their first or their last evaluation."""
    task = TaskConfig(task="pairs", data="dates")
    with pytest.raises(
        ConfigError, match=rf"recipe '{name}': the task 'pairs' is refused; expected one whose examples"
    ):
        RECIPES[name]().check(study.base, task, study.training)
