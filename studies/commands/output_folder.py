"""The output folder of a request: its default name, and whether it holds the runs of another request.

A folder holds one thing. Its rows stay when more seeds or arms are added with everything else equal. A request whose
tables would leave out a row is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from results.tables import provenance
from results.tables.atomic_write import InputError
from results.tables.column import format_setting
from seq2seq_core.config.task import OF_PAIRS, PATHS
from studies import DEFAULT_PROFILE
from studies.commands.export import settings_of
from studies.commands.request import Request
from studies.commands.values import seeds_text
from studies.design.setup import DEFAULTS
from studies.engine.folder_lock import read_runs
from studies.engine.storage import SQLITE_FILE
from studies.planning.plan import Plan
from studies.planning.run_rows import Rows

LOCAL = Path("results", "local")
"""Where the default folders are."""
LONGEST_NAME = 80
"""In characters. A longer name ends in a hash."""
MOST_DIFFERENCES = 3
"""The most differences that a refusal names."""
PAIRS = ("task", "pairs")
"""The setting of a request with own pairs."""


def default_folder(request: Request, *, number_of_seeds: bool = False) -> Path:
    """`results/local/NAME`, with what differs from the study's defaults, such as `attention-smoke-cell=lstm`.

    The number of seeds is not part of it, unless `number_of_seeds`: with more seeds a folder grows.
    """
    planned = request.plan()
    study = planned.study
    defaults = study.setup.replace(study.profiles[request.profile].training).values_of(request.settings)
    settings = planned.setup.values_of(sorted(request.settings))
    if settings.get("data"):
        settings.pop("task", None)  # always that of pairs
    counted = planned.seeds == tuple(range(len(planned.seeds)))
    words = [
        *([request.profile] if request.profile != DEFAULT_PROFILE else []),
        *([request.device] if request.device != "cpu" else []),
        *(["+".join(arm for arm in study.arms if arm in request.arms)] if request.arms else []),
        *(f"{name}={'+'.join(map(format_setting, planned.factors[name]))}" for name in request.levels),
        *([f"add={'+'.join(request.added)}"] if request.added else []),
        *([] if counted else [f"seeds={seeds_text(planned.seeds)}"]),
        *([f"seeds={len(planned.seeds)}"] if counted and number_of_seeds else []),
        *(f"{name}={_value(name, value)}" for name, value in settings.items() if value != defaults[name]),
    ]
    return LOCAL / _plain("-".join([request.name, *words]))


def started_folder(request: Request) -> Path:
    """The default folder of a `run` with this request. InputError if it has no study; others of the study are named."""
    folder = default_folder(request)
    folders = [path for path in LOCAL.glob("*") if (path / SQLITE_FILE).is_file()]
    found = sorted(path for path in folders if f"{path.name}-".startswith(f"{request.name}-"))
    if found and folder not in found:
        raise InputError(
            f"{folder}: file not found; expected the storage of an earlier `run`; found {', '.join(map(str, found))}; "
            "give the options of its `run`, or --out"
        )
    check_started(folder)
    return folder


def check_started(folder: Path) -> None:
    """InputError if no `run` has begun in the folder."""
    if not (folder / SQLITE_FILE).is_file():
        raise InputError(
            f"no study in the folder {folder}; expected the storage of an earlier `run`: repeat this command where its "
            "`run` was given, or give its folder by --out DIR, or its --storage"
        )


def remedy(request: Request, folder: Path) -> str:
    """What a refusal of this folder offers: another folder."""
    names = [default_folder(request), *([default_folder(request, number_of_seeds=True)] if request.seeds else [])]
    other = next((name for name in names if name.resolve() != folder.resolve()), None)
    number = 2
    while other is None:
        numbered = names[0].with_name(f"{names[0].name}-{number}")
        other = None if numbered.exists() else numbered
        number += 1
    return f"choose another folder, such as --out {shlex.quote(str(other))}"


def check_asked(asked: Request, saved: Request) -> None:
    """InputError if the options of `work` or `status` name another `run` than that of the storage.

    Options are not needed. Those of own pairs may name files in other places.
    """
    names = [default_folder(_without_data(request)).name for request in (asked, saved)]
    bare = Request(name=asked.name, source=asked.source, profile=DEFAULT_PROFILE)
    if names[0] not in (default_folder(bare).name, names[1]):
        raise InputError(
            f"the options name the run {names[0]}, and the storage has {names[1]}; expected the options of its `run`, "
            "or none"
        )


def _without_data(request: Request) -> Request:
    settings = {
        name: value for name, value in request.settings.items() if name not in OF_PAIRS and (name, value) != PAIRS
    }
    return replace(request, settings=settings)


def check_same_request(
    folder: Path, request: Request, planned: Plan, finished: Mapping[str, Rows], earlier: Request | None
) -> None:
    """InputError if the folder holds runs that the plan leaves out, or runs of another profile.

    They are the rows of runs.csv, and what `earlier` has finished, which is the last request in the folder's own
    storage. `finished` holds the rows of the storage by run id.
    """
    held = {row["run_id"] for row in read_runs(folder)}
    before = earlier.plan() if earlier else None
    if before:
        held |= {run.run_id for run in before.planned_runs(finished)} & finished.keys()
    part = provenance.read(folder).get("study") if held else None
    if part:
        settings, profile = part["settings"], part["profile"]
        device = "cuda" if part["machine"]["gpu"] else "cpu"
    elif earlier and before:
        settings, profile, device = settings_of(earlier.name, before, {}), earlier.profile, earlier.device
    else:
        settings, profile, device = {}, planned.profile, request.device
    left_out = held - {run.run_id for run in planned.planned_runs(finished)}
    if left_out or (held and profile != planned.profile):
        differences = [*_differences(settings, profile, device, request, planned)] if settings else []
        more = len(differences) - MOST_DIFFERENCES
        shown = [*differences[:MOST_DIFFERENCES], *([f"{more} more differences"] if more > 0 else [])]
        what = "; ".join(shown) or "they were made by other code"
        raise InputError(f"{folder} holds other runs of {request.name}: {what}; {remedy(request, folder)}")


def _differences(
    recorded: Mapping[str, Any], profile: str, device: str, request: Request, planned: Plan
) -> Iterator[str]:
    """What the folder has and the plan has not, in words. `recorded` are the settings of the provenance."""
    declared = settings_of(request.name, planned, {})
    profiles, ignored = planned.study.profiles, set[str]()
    for what, there, here in (("profile", profile, planned.profile), ("device", device, request.device)):
        if there != here:
            yield f"{what} {there} there, {here} here"
    if profile != planned.profile:  # what follows from it is not repeated
        ignored = {*profiles[planned.profile].training, *(profiles[profile].training if profile in profiles else ())}
        ignored -= request.settings.keys()
    for part in DEFAULTS:
        before, now = ({**DEFAULTS[part], **settings.get(part, {})} for settings in (recorded, declared))
        for name in now:
            if name not in ignored and before.get(name) != now[name]:
                yield f"{name} {format_setting(before.get(name))} there, {format_setting(now[name])} here"
    arms = declared["arms"]
    if gone := [arm for arm in recorded["arms"] if arm not in arms]:
        yield f"without {', '.join(gone)} here"
    for name, settings in recorded["arms"].items():
        if name in arms and settings != arms[name]:
            yield f"arm {name} is {_words(settings)} there, {_words(arms[name])} here"
    for factor, levels in recorded["factors"].items():
        if left_out := [level for level in levels if level not in declared["factors"].get(factor, ())]:
            yield f"without {factor} {', '.join(map(format_setting, left_out))} here"
    if new := [factor for factor in declared["factors"] if factor not in recorded["factors"]]:
        yield f"{', '.join(new)} varied here"
    if seeds := sorted(set(recorded["seeds"]) - set(planned.seeds)):
        yield f"without seed{'s' * (len(seeds) > 1)} {seeds_text(seeds)} here"
    tunings = [
        {key: value for key, value in settings.get("tuning", {}).items() if key != "chosen"}
        for settings in (recorded, declared)
    ]
    if tunings[0] != tunings[1]:
        yield "another tuning"


def _value(name: str, value: object) -> str:
    """A file without its folders."""
    return Path(str(value)).name if name in PATHS else format_setting(value)


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={format_setting(value)}" for name, value in settings.items()) or "the base"


def _plain(name: str) -> str:
    """The name as that of a folder on any file system. A name that is changed or long ends in a hash, so that different
    requests have different folders."""
    plain = re.sub(r"[^A-Za-z0-9_.=+,-]+", "_", name)
    if plain == name and len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(json.dumps(name).encode()).hexdigest()[:8]
    return f"{plain[: LONGEST_NAME - 9].rstrip('.')}-{digest}"
