"""The recipe in studies/README.md, as it stands there, adds a metric to the rows of a run."""

import dataclasses
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch

from seq2seq_core.recipe import Recipe
from seq2seq_core.training import train
from studies.design.study import Study
from studies.planning.plan import plan
from studies.recipes.registry import RECIPES
from studies.training.train_run import train_to_rows

README = Path(__file__).parents[2] / "studies" / "README.md"


def test_the_recipe_of_the_readme_adds_its_metric(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"^    class WithFirstLetter.*?\n\n(?=\S)", README.read_text(), re.M | re.S)
    assert found
    names: dict[str, Any] = {"Recipe": Recipe}
    exec(dedent(found.group()), names)
    monkeypatch.setitem(RECIPES, "first_letter", RECIPES.pop("first_letter"))  # the end of the test removes it
    assert RECIPES["first_letter"] is names["WithFirstLetter"]
    run = plan(dataclasses.replace(study, recipe="first_letter"), "smoke").initial_runs[1]
    (row,) = train_to_rows(run, lambda point: None)["runs"]
    setup, recipe = run.setup, run.setup.build_recipe()
    model = train(setup.model, setup.task, setup.training, run.seed, run.variant.device, recipe=recipe).model
    assert model
    examples = recipe.examples(setup.task, setup.training, run.seed, "test", torch.device("cpu"))
    batch = examples.draw(setup.training.test_size)
    decoded = model.network.greedy(batch.source, batch.source_lengths, batch.target.size(1)).tokens.tolist()
    right = [tokens[0] == target[0] for tokens, target in zip(decoded, batch.target.tolist(), strict=True)]
    assert row["first_letter_accuracy"] == pytest.approx(sum(right) / len(right))
