"""A run is one training of a variant with one seed. Its id is a hash of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from results.tables.column import is_misread
from seq2seq_core.config import Config, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.evaluation.evaluate import LONG, VERY_LONG
from studies.design.setup import DEFAULTS, Setup
from studies.design.tuning import Search

NUMBERS_VERSION = 6
"""Part of every run id. Raise it with any change that moves a metric of an unchanged run, so that stored rows of the
old code are not taken for rows of the new code."""
_ADDED = ("boundaries", "keep", "stop_at", "test_lengths", "weight_decay")
"""Settings that are part of an id only where they are not at their defaults, so that ids from before they were added
stay."""
_EQUAL_LENGTHS = ("reverse", "copy")
"""Tasks whose targets are as long as their sources, so that by_length.csv has the same rows by either length."""


@dataclass(frozen=True)
class Trial:
    """The trial of a search that a tuning run belongs to."""

    number: int
    """From 0."""
    search: Search
    primary: str
    """The study's primary metric, which defines the value of a trial (see `OBJECTIVES`)."""


@dataclass(frozen=True)
class Variant:
    """An arm at one combination of levels, on one kind of device."""

    arm: str
    levels: Mapping[str, Any]
    setup: Setup
    device: str

    def run(self, seed: int, settings: Mapping[str, Any], trial: Trial | None = None) -> Run:
        """A run of this variant with some settings replaced."""
        return Run(replace(self, setup=self.setup.replace(settings)), seed, trial)


@dataclass(frozen=True)
class Run:
    """One training: a variant with one seed."""

    variant: Variant
    seed: int
    trial: Trial | None = None
    """None for a reported run; a tuning run only helps to choose settings."""

    @property
    def setup(self) -> Setup:
        return self.variant.setup

    @cached_property
    def run_id(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the content in canonical JSON. An "r" is put before digits
        that CSV readers take for a number, such as 014351502031 or 32078e899840."""
        content = json.dumps({"numbers": NUMBERS_VERSION, **self._content()}, sort_keys=True, separators=(",", ":"))
        digits = hashlib.sha256(content.encode()).hexdigest()[:12]
        return f"r{digits}" if is_misread(digits) else digits

    def to_dict(self) -> dict[str, Any]:
        """The content as plain JSON, with the id for readers of the storage."""
        return {"run_id": self.run_id, **self._content()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        setup = Setup(
            ModelConfig.from_dict(content["model"]),
            TaskConfig.from_dict(content["task"]),
            TrainConfig.from_dict(content["training"]),
            content["recipe"],
            tuple(content["slips"]),
            tuple(content.get("code", {}).items()),
        )
        variant = Variant(content["arm"], content["levels"], setup, content["device"])
        trial = content.get("trial")
        if trial:
            trial = Trial(trial["number"], Search.from_dict(trial["search"]), trial["primary"])
        return cls(variant, content["seed"], trial)

    def _content(self) -> dict[str, Any]:
        """A reported run has no key "trial", so that its id does not depend on whether its study is tuned. Without
        code from outside this project there is no key "code"."""
        content = {
            "arm": self.variant.arm,
            "levels": dict(self.variant.levels),
            "seed": self.seed,
            "model": _identifying("model", self.setup.model),
            "task": self.setup.task.to_dict(),
            "training": _identifying("training", self.setup.training),
            "device": self.variant.device,
            "recipe": self.setup.recipe,
            "slips": list(self.setup.slips),
        }
        if self.setup.task.task not in _EQUAL_LENGTHS:
            content["by_length"] = "source"  # rows of earlier code are by the length of the target
        if any(length > LONG for length in self.setup.training.test_lengths):
            content["long"] = [LONG, VERY_LONG]  # earlier code decoded more of the sources above these lengths
        if outside := self.setup.outside:
            content["code"] = outside
        if self.trial:
            content["trial"] = {**vars(self.trial), "search": self.trial.search.to_dict()}
        return content


def _identifying(part: str, config: Config) -> dict[str, Any]:
    settings = config.to_dict().items()
    return {name: value for name, value in settings if name not in _ADDED or value != DEFAULTS[part][name]}
