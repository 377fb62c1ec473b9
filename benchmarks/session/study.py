"""The configurations of a study, from the provenance of its output folder: what `bench --of DIR` times.

benchmarks and studies do not import each other. So an arm is built from what a study records: the base, the settings
that a combination of levels brings, the levels, the arm's own settings, and those that its tuning has chosen.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from results.errors import InputError
from results.tables import provenance
from results.tables.csv_io import factors_of, read_table
from results.tables.json_shape import Nullable, shape_error
from results.tables.study_metadata import study_settings
from results.tables.timing_schema import packed_candidate
from results.text import plural
from seq2seq_core.config import Config, ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.task import DataFileError

if TYPE_CHECKING:
    import pandas as pd

PLAIN = "plain"
"""The recipe of `seq2seq_core`; the others are in studies."""
_CONFIGS: dict[str, type[Config]] = {"model": ModelConfig, "task": TaskConfig, "training": TrainConfig}
_CHOSEN = {"arm": str, "levels": {str: object}, "settings": Nullable({str: object})}
_SHAPE = {
    **{name: {str: object} for name in _CONFIGS},
    "arms": {str: {str: object}},
    "tuning?": {"chosen": [_CHOSEN]},
}
"""The settings in the provenance that are read here alone; `study_settings` checks the others."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """An arm at a combination of levels, or the same arm with the packing `packed`."""

    baseline: str
    """The candidate that it is timed against."""
    model: ModelConfig
    task: TaskConfig
    training: TrainConfig


@dataclass(frozen=True)
class AtLevels:
    """The candidates at a combination of levels, by name."""

    levels: Mapping[str, Any]
    candidates: Mapping[str, Configuration]


@dataclass(frozen=True)
class StudyToTime:
    name: str
    profile: str
    cases: tuple[AtLevels, ...]

    @property
    def from_files(self) -> bool:
        """Whether its examples are pairs from files."""
        return any(one.task.definition.from_files for case in self.cases for one in case.candidates.values())

    @property
    def facts(self) -> dict[str, str]:
        """What the provenance of a session records of it; `configurations` is a hash."""
        content = [
            [case.levels, name, [config.to_dict() for config in (one.model, one.task, one.training)]]
            for case in self.cases
            for name, one in case.candidates.items()
        ]
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
        return {"name": self.name, "profile": self.profile, "configurations": digest}


STUDY = pytest.StashKey[StudyToTime]()
"""Where a session keeps the study that it times; a session without --of has none."""


def read_study(directory: Path) -> StudyToTime:
    """Raises InputError for a folder without a finished study, or with one that cannot be built from its settings."""
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; expected the output folder of a study")
    parts = provenance.read(directory)
    if "study" not in parts:
        raise InputError(f"{directory}: no study in provenance.json; expected the output folder of a study")
    runs = read_table(directory, "runs")
    try:
        settings = study_settings(parts, runs)
        if wrong := shape_error(settings, _SHAPE, "parts.study.settings"):
            raise InputError(f"provenance.json: {wrong}; expected a study as `run` records it")
        cases = tuple(configurations(settings))
        _check_finished(settings, runs, read_table(directory, "tuning") if "tuning" in settings else None, len(cases))
    except (InputError, ConfigError) as error:
        raise InputError(f"{directory}: {error}") from error
    return StudyToTime(settings["name"], parts["study"]["profile"], cases)


def _check_finished(
    settings: Mapping[str, Any], runs: pd.DataFrame, tuning: pd.DataFrame | None, combinations: int
) -> None:
    """Raises InputError for a study that `run` has not finished. An arm whose trials have all failed has no runs."""
    variants = len(settings["arms"]) * combinations
    counts = {}
    if tuning is not None:
        ended = tuning[tuning["outcome"] != "unfinished"].drop_duplicates(["arm", *factors_of(tuning), "trial"])
        counts["trial"] = (len(ended), variants * settings["tuning"]["trials_per_arm"])
        variants = sum(one["settings"] is not None for one in settings["tuning"]["chosen"])
    counts["run"] = (len(runs), variants * len(settings["seeds"]))
    for noun, (found, planned) in counts.items():
        if found < planned:
            raise InputError(
                f"{found:,} of {plural(planned, noun)} of the study {settings['name']}; expected a finished study, and "
                "the command that began it continues it"
            )


def configurations(settings: Mapping[str, Any]) -> Iterator[AtLevels]:
    """The candidates at each combination of levels; settings that a tuning has not chosen are those of the base.

    Raises InputError for a study whose training is not the plain one, and ConfigError for settings that are unknown
    here, such as those of a score from a file.
    """
    _refuse_other_training(settings)
    base = {name: value for part in _CONFIGS for name, value in settings[part].items()}
    combinations = itertools.product(*settings["factors"].values())
    at_levels = settings.get("at_levels") or [
        {"levels": dict(zip(settings["factors"], levels, strict=True))} for levels in combinations
    ]
    for at in at_levels:
        candidates = {}
        for arm, own in settings["arms"].items():
            chosen = _chosen(settings, arm, at["levels"])
            values = {**base, **at.get("settings", {}), **at["levels"], **own, **chosen}
            values.pop("recipe", None)  # the plain one
            one = _configuration(arm, settings["baseline"], values)
            candidates[arm] = one
            _check_recorded(settings["name"], at, one.training)
            if one.model.packing == "padded_exact":
                packed = one.model.replace({"packing": "packed"})
                candidates[packed_candidate(arm)] = Configuration(
                    baseline=arm, model=packed, task=one.task, training=one.training
                )
        yield AtLevels(at["levels"], candidates)


def _check_recorded(name: str, at: Mapping[str, Any], training: TrainConfig) -> None:
    """Raises InputError if the levels bring settings that are not recorded, as in folders of an earlier version."""
    for setting in ("epochs", "steps_per_epoch", "stop_at"):
        if setting in at and at[setting] != getattr(training, setting):
            raise InputError(
                f"provenance.json: at_levels of the study {name} has {setting} {at[setting]}, and its settings give "
                f"{getattr(training, setting)}; expected them as this version records them: repeat its `run`"
            )


def _refuse_other_training(settings: Mapping[str, Any]) -> None:
    name = settings["name"]
    slips = [arm for arm, own in settings["arms"].items() if own.get("slips")]
    if slips:
        raise InputError(f"the study {name} has arms with slips, such as {slips[0]}; expected a study without slips")
    recipes = [settings.get("recipe", PLAIN), *(own.get("recipe", PLAIN) for own in settings["arms"].values())]
    others = [recipe for recipe in recipes if recipe != PLAIN]
    if others:
        raise InputError(f"the study {name} has the recipe {others[0]}; expected a study with the recipe {PLAIN}")


def _chosen(settings: Mapping[str, Any], arm: str, levels: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the tuning has chosen for an arm; none without a tuning, or if all of its trials failed."""
    for one in settings.get("tuning", {}).get("chosen", []):
        if (one["arm"], one["levels"]) == (arm, levels):
            return one["settings"] or {}
    return {}


def _configuration(arm: str, baseline: str, values: Mapping[str, Any]) -> Configuration:
    """Raises ConfigError, which names the arm, for a setting that is unknown or refused."""
    known = {name for config in _CONFIGS.values() for name in config.names()}
    try:
        if unknown := [name for name in values if name not in known]:
            raise ConfigError(f"unknown setting {unknown[0]!r}; expected settings of this version")
        built: dict[str, Any] = {part: _of(config, values) for part, config in _CONFIGS.items()}
    except DataFileError as error:
        raise ConfigError(f"{error}: --data FILE") from error
    except ConfigError as error:
        raise ConfigError(f"arm {arm!r}: {error}") from error
    return Configuration(baseline=baseline, **built)


def _of(config: type[Config], values: Mapping[str, Any]) -> Config:
    return config.from_dict({name: value for name, value in values.items() if name in config.names()})
