"""The request of a `run`: study, profile and settings. It is stored for `work` on other machines and for `status`."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from optuna.storages import RDBStorage

from results.tables.atomic_write import InputError
from seq2seq_core.config import ConfigError
from studies import catalog
from studies.design.selection import select_arms
from studies.engine.queue import Queue
from studies.engine.storage import redact_url
from studies.planning.plan import Plan, plan
from studies.planning.trial_params import TrialParams


@dataclass(frozen=True, kw_only=True)
class Request:
    """A study, its profile, and the settings that replace its own."""

    name: str
    profile: str
    seeds: int | Sequence[int] | None = None
    """A number of seeds, or the seeds; None for the profile's number."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    arms: Sequence[str] = ()
    """The arms of the study that are run; empty for all."""
    added: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name -> settings of the arms that are run besides those of the study."""

    def plan(self) -> Plan:
        study = select_arms(catalog.load(self.name), self.arms, self.added)
        return plan(study, self.profile, seeds=self.seeds, settings=self.settings, device=self.device)

    def save(self, queue: Queue) -> None:
        """Writes the request into the storage, in place of that of an earlier command."""
        planned = self.plan()
        content = {"request": asdict(self), "plan": _fingerprint(planned)}
        queue.name_value(TrialParams(planned).value_name)
        queue.retry(lambda: queue.storage.set_study_user_attr(queue.study_id, "request", content))


def load_request(storage: RDBStorage, name: str) -> Request:
    """The request of the last `run` of a study.

    InputError if there is none, or if the study's file or the code here gives other runs for it.
    """
    url = redact_url(storage.engine.url.render_as_string(hide_password=False))
    saved = {study.study_name: study.user_attrs.get("request") for study in storage.get_all_studies()}
    content = saved.get(name)
    if not content:
        raise InputError(
            f"{url}: no study {name!r}, found {', '.join(saved) or 'none'}; expected one that `run` has started"
        )
    with contextlib.suppress(TypeError, ConfigError):  # a field or a setting that this code does not have
        request = Request(**content["request"])
        if _fingerprint(request.plan()) == content["plan"]:
            return request
    raise InputError(f"{url}: the study {name!r} was planned by other code; expected the same commit on all machines")


def _fingerprint(planned: Plan) -> str:
    runs = ",".join(run.run_id for run in planned.initial_runs)
    return hashlib.sha256(f"{planned.size}:{runs}".encode()).hexdigest()[:12]
