"""From a study to its runs: which there are, in which order, and what each is called.

A run's id is a hash of its content, so a run is known by what it is: planned twice it is the same run, and with any
setting changed it is another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from studies.design import Setup, Study, combinations

NUMBERS_VERSION = 1
"""The code's version as far as figures go. It is raised with any change that moves a figure of an unchanged run, so
that rows of the old code are never taken for rows of the new."""


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

    @property
    def run_id(self) -> str:
        """12 hexadecimal digits of the SHA-256 of the content in canonical JSON."""
        content = json.dumps({"numbers": NUMBERS_VERSION, **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """The content as plain JSON, with the id for those who read the storage."""
        return {"run_id": self.run_id, **asdict(self)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        return cls(
            arm=content["arm"],
            levels=content["levels"],
            seed=content["seed"],
            model=ModelConfig.from_dict(content["model"]),
            task=TaskConfig.from_dict(content["task"]),
            training=TrainConfig.from_dict(content["training"]),
            device=content["device"],
        )


@dataclass(frozen=True)
class Plan:
    """A study at one profile, with the reader's settings: all runs, in the order in which they are begun and tabled."""

    study: Study
    profile: str
    setup: Setup
    """The base that the arms start from."""
    factors: Mapping[str, tuple[Any, ...]]
    seeds: tuple[int, ...]
    runs: tuple[Run, ...]


def plan(
    study: Study,
    profile: str,
    *,
    seeds: int | None = None,
    settings: Mapping[str, Any] | None = None,
    device: str = "cpu",
) -> Plan:
    """Expands a study. `seeds` replaces the profile's number, `settings` go over the base and the profile and under the
    levels and the arms. ConfigError for a setting that is unknown, out of range, or would have no effect."""
    settings = settings or {}
    factors = study.factors_at(profile)
    setup = study.setup.replace({**study.profiles[profile].training, **settings})
    for name in settings:
        if name in factors:
            raise ConfigError(
                f"{name}: it is a factor at profile {profile!r}, so its levels are {factors[name]}, not yours"
            )
        if all(name in arm.overrides for arm in study.arms.values()):
            raise ConfigError(f"{name}: every arm sets its own, so yours would have no effect")
    numbers = tuple(range(study.profiles[profile].seeds if seeds is None else seeds))
    # Seeds vary slowest: a study that is cut off has all arms at its first seeds, not all seeds of its first arm.
    runs = tuple(
        Run(arm, levels, seed, part.model, part.task, part.training, device)
        for seed in numbers
        for levels in combinations(factors)
        for arm in study.arms
        for part in [study.setup_of(arm, profile, settings, levels)]
    )
    return Plan(study, profile, setup, factors, numbers, runs)
