"""A run: one training, known by what it is. Its id is a hash of its content."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

from results.tables.column import is_misread
from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.tuning import Search

NUMBERS_VERSION = 4
"""The code's version as far as figures go. It is raised with any change that moves a figure of an unchanged run, so
that rows of the old code are never taken for rows of the new."""


@dataclass(frozen=True)
class Trial:
    """The place of a tuning run: which trial of its arm's search it belongs to."""

    number: int
    """From 0."""
    search: Search
    primary: str
    """The study's primary figure, which says what a trial is judged by."""


@dataclass(frozen=True)
class Run:
    """One training: an arm, at one combination of levels, with one seed, on one kind of device."""

    arm: str
    levels: Mapping[str, Any]
    seed: int
    model: ModelConfig
    task: TaskConfig
    training: TrainConfig
    device: str
    trial: Trial | None = None
    """None for a run that is reported; a tuning run only helps to choose settings."""
    recipe: str = "plain"
    """What the training is made of beyond its settings, a name in `studies.recipes.registry.RECIPES`."""
    slips: tuple[str, ...] = ()

    @cached_property
    def run_id(self) -> str:
        """12 hexadecimal digits of the SHA-256 of the content in canonical JSON, after an "r" where they would be read
        as a number, such as 014351502031 or 32078e899840."""
        content = json.dumps({"numbers": NUMBERS_VERSION, **self._content()}, sort_keys=True, separators=(",", ":"))
        digits = hashlib.sha256(content.encode()).hexdigest()[:12]
        return f"r{digits}" if is_misread(digits) else digits

    def to_dict(self) -> dict[str, Any]:
        """The content as plain JSON, with the id for those who read the storage."""
        return {"run_id": self.run_id, **self._content()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        trial = content.get("trial")
        return cls(
            arm=content["arm"],
            levels=content["levels"],
            seed=content["seed"],
            model=ModelConfig.from_dict(content["model"]),
            task=TaskConfig.from_dict(content["task"]),
            training=TrainConfig.from_dict(content["training"]),
            device=content["device"],
            trial=Trial(**{**trial, "search": Search.from_dict(trial["search"])}) if trial else None,
            recipe=content["recipe"],
            slips=tuple(content["slips"]),
        )

    def _content(self) -> dict[str, Any]:
        """Without a trial where there is none, so that a reported run is the same in a study that came to be tuned."""
        content = {**asdict(dataclasses.replace(self, trial=None)), "slips": list(self.slips)}
        content["task"] = self.task.to_dict()  # without the default task
        del content["trial"]
        if self.trial:
            content["trial"] = {**vars(self.trial), "search": self.trial.search.to_dict()}
        return content
