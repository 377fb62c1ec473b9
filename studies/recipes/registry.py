"""The recipes that a study can name. All modules here are imported, and each named recipe enters `RECIPES`."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.installed import PartError
from seq2seq_core.recipe import RECIPES, Recipe
from studies.recipes.article import ArticleRecipe

__all__ = ["RECIPES", "build_recipe"]

for _module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    importlib.import_module(f"studies.recipes.{_module.name}")


def build_recipe(name: str, slips: tuple[str, ...], score: str | None) -> Recipe:
    """The recipe `name` with these slips, for a model with this score.

    ConfigError if the recipe or a slip is unknown, or if a slip does not apply to the model.
    """
    if name not in RECIPES.names():
        raise ConfigError(f"unknown recipe {name!r}; {suggest(name, RECIPES.names())}")
    if name == "article":
        return ArticleRecipe(slips, score)
    if slips:
        raise ConfigError(f"slips {', '.join(slips)}: the recipe {name!r} has no slips; expected the recipe 'article'")
    try:
        return RECIPES[name]()
    except PartError as error:
        raise ConfigError(str(error)) from error
