"""The requests of a study that a storage holds: `run` saves its own, which `work` and `status` read, also elsewhere.

Several folders may use one storage for a study, such as one of a large and one of a small model. So each request is
saved under the name of its default folder, besides the last one. The options of a command select among them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from optuna.storages import RDBStorage

from results.errors import InputError
from seq2seq_core.config import ConfigError, TaskConfig
from seq2seq_core.config.task import OF_PAIRS, DataFileError
from studies import DEFAULT_PROFILE
from studies.commands.output_folder import default_folder
from studies.commands.request import Request
from studies.engine.pool import notify
from studies.engine.queue import Queue
from studies.engine.storage import default_url, redact_url
from studies.planning.plan import Plan
from studies.planning.trial_params import TrialParams
from studies.sources.code import changes
from studies.sources.kept_code import where_kept

LAST = "request"
"""The attribute of a storage's study with the last request; that of the request NAME is `request NAME`."""
PAIRS = ("task", "pairs")
"""The setting of a request with own pairs."""


def save_request(request: Request, queue: Queue) -> None:
    """Writes the request into the storage, in place of an earlier one of the same name."""
    planned = request.plan()
    saved = {key: value for key, value in asdict(request).items() if key != "source"}  # a path of this machine
    content = {
        "request": saved,
        "plan": _fingerprint(planned),
        "outside": planned.outside,
        "data": [data.content for data in planned.data],
    }
    queue.name_value(TrialParams(planned).value_name)
    for key in (f"{LAST} {_run_name(request)}", LAST):
        queue.retry(partial(queue.storage.set_study_user_attr, queue.study_id, key, content))


def last_request(storage: RDBStorage, name: str, source: str | None) -> Request | None:
    """The request of the last `run` of a study; None without one, or if this code cannot read it."""
    content = _attributes(storage).get(name, {}).get(LAST)
    with contextlib.suppress(TypeError, ConfigError):  # a field or a setting that this code does not have
        if content:
            request = Request(**content["request"], source=source)
            request.plan()
            return request
    return None


def load_request(storage: RDBStorage, asked: Request, data: Mapping[str, Any]) -> Request:
    """The saved request that the options of `work` or `status` name: the one with these options. Without options, it is
    that of a `run` without options, or if there was none, the last one.

    `asked` holds the options. `data` are the settings of own pairs whose files have other places on this machine; the
    options name no other request by them. InputError if there is no such request, or if the study's file or the code
    here gives other runs for it.
    """
    url = redact_url(storage.engine.url.render_as_string(hide_password=False))
    attributes = _attributes(storage)
    saved = attributes.get(asked.name, {})
    if LAST not in saved:
        found = ", ".join(attributes) or "none"
        raise InputError(f"{url}: no study {asked.name!r}, found {found}; expected one that `run` has started")
    name = _run_name(asked)
    content = saved.get(f"{LAST} {name}", saved[LAST])
    other_code = f"{url}: the study {asked.name!r} was planned by other code"
    try:
        request = Request(**content["request"], source=asked.source)
        _check_name(name, asked, request, saved)
        if data:
            request = replace(request, settings={**request.settings, **data})
        planned = request.plan()
    except DataFileError as error:
        raise InputError(f"{error}; the study {asked.name!r} was planned with it") from error
    except TypeError as error:  # a field that this code does not have
        raise InputError(f"{other_code}; expected the same commit on all machines") from error
    except ConfigError as error:  # a setting, or the name of a part
        raise InputError(f"{other_code} ({error}); expected the same commit and packages on all machines") from error
    if names := _other_pairs(content, planned):
        raise InputError(f"{names}: the study {asked.name!r} was planned with other pairs; expected the same pairs")
    if different := changes(content.get("outside", {}), planned.outside):
        raise InputError(f"{url}: {different} since the study {asked.name!r} was planned; expected the same code")
    if _fingerprint(planned) != content["plan"]:
        raise InputError(f"{other_code}; expected the same commit on all machines")
    return request


def check_outside(queue: Queue, planned: Plan, folder: Path) -> None:
    """InputError if the storage has runs of the study with other code outside this project, or with other data. The
    output folder has the code as it was."""
    content = queue.storage.get_study_user_attrs(queue.study_id).get(LAST, {})
    another = "another folder with --out" if queue.url == default_url(folder) else "another --storage"
    if names := _other_pairs(content, planned):
        raise InputError(
            f"{redact_url(queue.url)}: its runs were planned with other pairs than those of {names}; expected the same "
            f"pairs, or {another}"
        )
    # An arm may be new whose parts are of another package. A file that imports a new one has changed itself.
    before, now = content.get("outside", {}), planned.outside
    common = before.keys() & now.keys()
    if different := changes({name: before[name] for name in common}, {name: now[name] for name in common}):
        raise InputError(
            f"{redact_url(queue.url)}: {different} since its runs were planned; expected the code as it "
            f"was{where_kept(folder)}, or {another}"
        )


def _attributes(storage: RDBStorage) -> dict[str, dict[str, Any]]:
    """Study -> its attributes in the storage."""
    return {study.study_name: study.user_attrs for study in storage.get_all_studies()}


def _run_name(request: Request) -> str:
    """The name of the default folder, without the files of own pairs, which have other places on other machines, and
    with a hash of the settings of added arms."""
    settings = {
        name: value for name, value in request.settings.items() if name not in OF_PAIRS and (name, value) != PAIRS
    }
    words = [default_folder(replace(request, settings=settings)).name]
    if request.added:
        words.append(hashlib.sha256(json.dumps(request.added, sort_keys=True).encode()).hexdigest()[:6])
    if PAIRS in request.settings.items():
        defaults = TaskConfig()
        read = {name: request.settings.get(name) for name in ("units", "split_seed")}
        others = {name: value for name, value in read.items() if value not in (None, getattr(defaults, name))}
        words += ["pairs", *(f"{name}={value}" for name, value in others.items())]
    return "-".join(words)


def _check_name(name: str, asked: Request, chosen: Request, saved: Mapping[str, Any]) -> None:
    """InputError if the options name another request than the chosen one. A line if there are none but files of own
    pairs, and the chosen one is one of several."""
    runs = [key.removeprefix(f"{LAST} ") for key in saved if key != LAST]
    found = _run_name(chosen)
    without = _run_name(Request(name=asked.name, source=asked.source, profile=DEFAULT_PROFILE))
    bare = name == without or (name == f"{without}-pairs" and PAIRS in chosen.settings.items())
    if name != found and not bare:
        raise InputError(
            f"the options name the run {name}, and the storage has {', '.join(runs or [found])}; expected the options "
            f"with which {(runs or [found])[0]} was started, or none"
        )
    if bare and len(runs) > 1:
        notify(f"{found} is chosen among the runs {', '.join(runs)}; the options of a `run` select it")


def _other_pairs(content: Mapping[str, Any], planned: Plan) -> str:
    """The names of the plan's files, if a stored request has other pairs than the plan; empty if they have the same, or
    if one of them has none."""
    before, now = content.get("data"), [data.content for data in planned.data]
    if not before or not now or before == now:
        return ""
    return ", ".join(dict.fromkeys(str(file["name"]) for data in planned.data for file in data.files))


def _fingerprint(planned: Plan) -> str:
    runs = ",".join(run.run_id for run in planned.initial_runs)
    return hashlib.sha256(f"{planned.size}:{runs}".encode()).hexdigest()[:12]
