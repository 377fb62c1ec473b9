"""The request of a `run`: a study, its profile and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studies.design.selection import select_arms
from studies.planning.plan import Plan, plan
from studies.sources.code import files_of
from studies.sources.kept_code import keep
from studies.sources.source import find


@dataclass(frozen=True, kw_only=True)
class Request:
    """A study, its profile, and the settings that replace its own."""

    name: str
    profile: str
    source: str | None = None
    """The file or the module of a study from outside this project, on this machine."""
    seeds: int | Sequence[int] | None = None
    """A number of seeds, or the seeds; None for the profile's number."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    arms: Sequence[str] = ()
    """The arms of the study that are run; empty for those of the profile."""
    levels: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Factor -> the levels that are run; all levels of a factor that is not named."""
    added: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name -> settings of the arms that are run besides those of the study."""

    @property
    def file(self) -> str:
        """What names the study on any machine; see `Source.file`."""
        return find(self.source or self.name).file

    def plan(self) -> Plan:
        source = find(self.source or self.name)
        study = select_arms(source.study, self.arms or source.study.profiles[self.profile].arms, self.added)
        return plan(
            study,
            self.profile,
            seeds=self.seeds,
            settings=self.settings,
            levels=self.levels,
            device=self.device,
            code=source.code,
        )

    def keep_code(self, folder: Path) -> None:
        """Copies the files of a study from outside this project into the output folder."""
        source = find(self.source or self.name)
        if source.given:
            keep(files_of(source.given), dict(source.code), folder)
