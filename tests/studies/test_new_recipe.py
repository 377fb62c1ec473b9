"""The recipe in studies/README.md, as it stands there, adds a metric to the rows of a run."""

import dataclasses
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from seq2seq_core.recipe import Recipe
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
    rows = train_to_rows(run, lambda point: None)
    for row in (*rows["runs"], *rows["convergence"]):
        assert 0 <= row["first_letter_accuracy"] <= 1
