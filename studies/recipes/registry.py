"""The recipes that a study may name: what its trainings are made of beyond their settings. Every file of this folder is
imported, and each named recipe in it is in `RECIPES`."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.recipe import RECIPES, Recipe
from studies.recipes.article import ArticleRecipe

__all__ = ["RECIPES", "recipe_of"]

for _module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    importlib.import_module(f"studies.recipes.{_module.name}")


def recipe_of(name: str, slips: tuple[str, ...], score: str | None) -> Recipe:
    """The recipe of that name, with these slips, for a network with that score. ConfigError if there is no such recipe,
    or it has no such slip, or the network has no place for it."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe {name!r}; {suggest(name, RECIPES)}")
    if name == "article":
        return ArticleRecipe(slips, score)
    if slips:
        raise ConfigError(f"slips {', '.join(slips)}: the recipe {name!r} has none; expected the recipe 'article'")
    return RECIPES[name]()
