"""The recipes that a study may name: what its trainings are made of beyond their settings."""

from __future__ import annotations

from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.recipe import Recipe
from studies.recipes.article import ArticleRecipe

RECIPES: dict[str, type[Recipe]] = {"plain": Recipe, "article": ArticleRecipe}


def recipe_of(name: str, slips: tuple[str, ...], score: str | None) -> Recipe:
    """The recipe of that name, with these slips, for a network with that score. ConfigError if there is no such recipe,
    or it has no such slip, or the network has no place for it."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe {name!r}; {suggest(name, RECIPES)}")
    if name == "article":
        return ArticleRecipe(slips, score)
    if slips:
        raise ConfigError(f"slips {', '.join(slips)}: the plain recipe has none; expected the recipe 'article'")
    return Recipe()
