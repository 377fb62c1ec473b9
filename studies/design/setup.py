"""Everything that determines a training but its seed and its device."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from seq2seq_core.config import Config, ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest

PARTS = ("model", "task", "training")


@dataclass(frozen=True)
class Setup:
    """Three configurations, and what the training is made of beyond them."""

    model: ModelConfig
    task: TaskConfig
    training: TrainConfig
    recipe: str = "plain"
    """A name in `studies.recipes.registry.RECIPES`."""
    slips: tuple[str, ...] = ()
    """What the recipe does wrong on purpose."""

    @property
    def known(self) -> dict[str, str]:
        """Each setting's name -> the part it belongs to. The three parts share no name."""
        return {name: part for part in PARTS for name in getattr(self, part).names()}

    def values_of(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of some settings of any part, as the configurations hold them."""
        return {name: getattr(getattr(self, self.known[name]), name) for name in names}

    def replace(self, settings: Mapping[str, Any]) -> Self:
        """A copy with some settings of any part changed; an unknown name is refused with the nearest known one."""
        known = self.known
        for name in settings:
            if name not in known:
                raise ConfigError(f"unknown setting {name!r}; {suggest(name, known)}")
        parts: dict[str, Any] = {}
        for part in PARTS:
            config: Config = getattr(self, part)
            parts[part] = config.replace({name: settings[name] for name in settings if known[name] == part})
        return dataclasses.replace(self, **parts)
