"""The request of a `run`: study, profile and settings. It is stored for `work` on other machines and for `status`."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from optuna.storages import RDBStorage

from results.errors import InputError
from seq2seq_core.config import ConfigError
from seq2seq_core.config.task import DataFileError
from studies.design.selection import select_arms
from studies.engine.queue import Queue
from studies.engine.storage import default_url, redact_url
from studies.planning.plan import Plan, plan
from studies.planning.trial_params import TrialParams
from studies.sources.code import changes, files_of
from studies.sources.kept_code import keep, where_kept
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

    def save(self, queue: Queue) -> None:
        """Writes the request into the storage, in place of that of an earlier command."""
        planned = self.plan()
        request = {key: value for key, value in asdict(self).items() if key != "source"}  # a path of this machine
        content = {
            "request": request,
            "plan": _fingerprint(planned),
            "outside": planned.outside,
            "data": [data.content for data in planned.data],
        }
        queue.name_value(TrialParams(planned).value_name)
        queue.retry(lambda: queue.storage.set_study_user_attr(queue.study_id, "request", content))


def saved_request(storage: RDBStorage, name: str, source: str | None) -> Request | None:
    """The request of the last `run` of a study; None without one, or if this code cannot read it."""
    content = _saved(storage).get(name)
    with contextlib.suppress(TypeError, ConfigError):  # a field or a setting that this code does not have
        if content:
            request = Request(**content["request"], source=source)
            request.plan()
            return request
    return None


def load_request(storage: RDBStorage, name: str, source: str | None, data: Mapping[str, Any]) -> Request:
    """The request of the last `run` of a study; `source` is its file or module on this machine, `data` the settings of
    own pairs whose files have other places on this machine.

    InputError if there is none, or if the study's file or the code here gives other runs for it.
    """
    url = redact_url(storage.engine.url.render_as_string(hide_password=False))
    saved = _saved(storage)
    content = saved.get(name)
    if not content:
        raise InputError(
            f"{url}: no study {name!r}, found {', '.join(saved) or 'none'}; expected one that `run` has started"
        )
    with contextlib.suppress(TypeError, ConfigError):  # a field or a setting that this code does not have
        given = content["request"]
        if data:
            given = {**given, "settings": {**given["settings"], **data}}
        request = Request(**given, source=source)
        try:
            planned = request.plan()
        except DataFileError as error:
            raise InputError(f"{error}; the study {name!r} was planned with it") from error
        if different := _changed_data(content, planned):
            raise InputError(f"{different} since the study {name!r} was planned; expected the same pairs")
        if different := changes(content.get("outside", {}), planned.outside):
            raise InputError(f"{url}: {different} since the study {name!r} was planned; expected the same code")
        if _fingerprint(planned) == content["plan"]:
            return request
    raise InputError(f"{url}: the study {name!r} was planned by other code; expected the same commit on all machines")


def check_outside(queue: Queue, planned: Plan, folder: Path) -> None:
    """InputError if the storage has runs of the study with other code outside this project, or with other data. The
    output folder has the code as it was."""
    content = queue.storage.get_study_user_attrs(queue.study_id).get("request", {})
    another = "another folder with --out" if queue.url == default_url(folder) else "another --storage"
    if changed := _changed_data(content, planned):
        raise InputError(
            f"{redact_url(queue.url)}: {changed} since its runs were planned; expected the pairs as they were, or "
            f"{another}"
        )
    before = content.get("outside")
    if before and planned.outside and (different := changes(before, planned.outside)):
        raise InputError(
            f"{redact_url(queue.url)}: {different} since its runs were planned; expected the code as it "
            f"was{where_kept(folder)}, or {another}"
        )


def _saved(storage: RDBStorage) -> dict[str, Any]:
    """Study -> what its last `run` has saved; None without a `run`."""
    return {study.study_name: study.user_attrs.get("request") for study in storage.get_all_studies()}


def _changed_data(content: Mapping[str, Any], planned: Plan) -> str | None:
    """`pairs.tsv has changed`, if a stored request and a plan have other pairs; None if they have the same, or if one
    of them has none."""
    before, now = content.get("data"), [data.content for data in planned.data]
    if not before or not now or before == now:
        return None
    names = dict.fromkeys(str(file["name"]) for data in planned.data for file in data.files)
    return f"{', '.join(names)}: the pairs have changed"


def _fingerprint(planned: Plan) -> str:
    runs = ",".join(run.run_id for run in planned.initial_runs)
    return hashlib.sha256(f"{planned.size}:{runs}".encode()).hexdigest()[:12]
