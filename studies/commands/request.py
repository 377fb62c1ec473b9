"""What was asked for: small enough to be left in the storage, for machines that join in and for `status`."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from optuna.storages import RDBStorage

from results.tables.atomic_write import InputError
from seq2seq_core.config import ConfigError
from studies import catalog
from studies.engine.queue import Queue
from studies.engine.storage import shown
from studies.planning.plan import Plan, plan


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which study, how much of it, and with what in place of its own settings."""

    name: str
    profile: str
    seeds: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"

    def plan(self) -> Plan:
        return plan(catalog.load(self.name), self.profile, seeds=self.seeds, settings=self.settings, device=self.device)

    def leave(self, queue: Queue) -> None:
        """Writes into the storage what is to be done, in the place of what an earlier command wanted."""
        left = {"request": asdict(self), "plan": _fingerprint(self.plan())}
        queue.retry(lambda: queue.storage.set_study_user_attr(queue.study_id, "request", left))


def find(storage: RDBStorage, name: str) -> Request:
    """What the last `run` of a study asked for. InputError if there was none, or if the study's file or the code's
    version here makes other runs of it."""
    url = shown(storage.engine.url.render_as_string(hide_password=False))
    there = {study.study_name: study.user_attrs.get("request") for study in storage.get_all_studies()}
    found = there.get(name)
    if not found:
        raise InputError(
            f"{url} holds no study {name!r}, but {', '.join(there) or 'none'}; expected one that `run` began"
        )
    with contextlib.suppress(TypeError, ConfigError):  # a word or a setting that is unknown here
        request = Request(**found["request"])
        if _fingerprint(request.plan()) == found["plan"]:
            return request
    raise InputError(
        f"{url}: the study {name!r} was planned with other code than is here; expected the same commit everywhere"
    )


def _fingerprint(planned: Plan) -> str:
    runs = ",".join(run.run_id for run in planned.runs)
    return hashlib.sha256(f"{planned.size}:{runs}".encode()).hexdigest()[:12]
