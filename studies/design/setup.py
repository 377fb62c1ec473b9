"""Everything that determines a training except its seed and its device."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from seq2seq_core.config import Config, ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.model.pre_layers import check_vocabulary
from seq2seq_core.recipe import RECIPES, Recipe
from seq2seq_core.tasks import TASKS
from studies.recipes.registry import build_recipe

CONFIGS: dict[str, type[Config]] = {"model": ModelConfig, "task": TaskConfig, "training": TrainConfig}
DEFAULTS = {name: config().to_dict() for name, config in CONFIGS.items()}


@dataclass(frozen=True)
class Setup:
    """Three configurations and a recipe."""

    model: ModelConfig
    task: TaskConfig
    training: TrainConfig
    recipe: str = "plain"
    """A name in `studies.recipes.registry.RECIPES`."""
    slips: tuple[str, ...] = ()
    """Deliberate errors that the recipe adds, such as those of the article's code."""
    code: tuple[tuple[str, str], ...] = ()
    """(file, hash) of the files outside this project that define the study; see `studies.sources.code`."""

    @property
    def config_of(self) -> dict[str, str]:
        """Name of a setting -> the configuration that has it. No two have a setting of the same name."""
        return {name: config for config in CONFIGS for name in getattr(self, config).names()}

    def values_of(self, names: Iterable[str]) -> dict[str, Any]:
        """Name -> value of some settings, of any configuration, as the configurations store them."""
        return {name: getattr(getattr(self, self.config_of[name]), name) for name in names}

    @property
    def tests_longer(self) -> bool:
        """Whether sources are tested that are longer than those of the training."""
        return max(self.training.test_lengths, default=0) > self.task.max_length

    @property
    def outside(self) -> dict[str, str]:
        """What a training depends on outside this project: files -> hashes, and distributions, which offer a part that
        is named here, -> versions."""
        named = ((CELLS, self.model.cell), (SCORES, self.model.score), (TASKS, self.task.task), (RECIPES, self.recipe))
        packages = [registry.distribution_of(name) for registry, name in named if name]
        return dict(sorted([*self.code, *filter(None, packages)]))

    @property
    def unread(self) -> set[str]:
        """The settings that have no effect beside the others."""
        decay = ["forcing_half"] if self.training.forcing_decay == "constant" else []
        return {*RECIPES[self.recipe].unread, *decay}

    def build_recipe(self) -> Recipe:
        """The recipe of a training with these settings. ConfigError if the recipe or one of the slips is unknown, a
        slip does not apply to the model, or the recipe refuses a setting."""
        recipe = build_recipe(self.recipe, self.slips, self.model.score)
        check_vocabulary(self.model, self.task.vocabulary)
        recipe.check(self.model, self.task, self.training)
        recipe.outside = self.outside
        return recipe

    def replace(self, settings: Mapping[str, Any]) -> Self:
        """A copy with some settings changed. ConfigError for an unknown setting or an invalid value."""
        config_of = self.config_of
        for name in settings:
            if name not in config_of:
                raise ConfigError(f"unknown setting {name!r}; {suggest(name, config_of)}")
        changed: dict[str, Any] = {}
        for which in CONFIGS:
            config: Config = getattr(self, which)
            changed[which] = config.replace({name: settings[name] for name in settings if config_of[name] == which})
        return dataclasses.replace(self, **changed)
