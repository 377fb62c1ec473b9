"""The output folder of a request: its default name, its storage, and whether a `run` has begun in it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from pathlib import Path

from results.errors import InputError
from results.terminal.folder_lock import LOCK
from results.text import format_setting
from seq2seq_core.config.task import PATHS
from studies import DEFAULT_PROFILE
from studies.commands.request import Request
from studies.commands.values import seeds_text
from studies.engine.storage import SQLITE_FILE, default_url, parse_url, redact_url

LOCAL = Path("results", "local")
"""Where the default folders are."""
LONGEST_NAME = 80
"""In characters. A longer name ends in a hash."""


def default_folder(request: Request, *, number_of_seeds: bool = False) -> Path:
    """`results/local/NAME`, with what differs from the study's defaults, such as `attention-smoke-cell=lstm`.

    The number of seeds is not part of it, unless `number_of_seeds`: with more seeds a folder grows.
    """
    planned = request.plan()
    study = planned.study
    training = study.profiles[request.profile].training
    defaults = study.setup.replace(training).values_of(request.settings)
    # A setting also replaces what the levels bring.
    at_levels = [{**defaults, **study.brought_by(levels), **training} for levels, _, _ in planned.at_levels]
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
        *(
            f"{name}={_value(name, value)}"
            for name, value in settings.items()
            if any(value != at[name] for at in at_levels)
        ),
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


def is_own(url: str | None, folder: Path) -> bool:
    """Whether a storage is the folder's own file, which None stands for. InputError if it is that of another output
    folder, whose next command would find runs that it has not planned."""
    parsed = parse_url(url or default_url(folder))
    file = Path(parsed.database or "")
    if parsed.drivername != "sqlite" or file.name != SQLITE_FILE:
        return False
    own = file.parent.resolve() == folder.resolve()
    if not own and (file.parent / LOCK).exists():
        raise InputError(
            f"--storage {redact_url(str(url))}: it is the storage of the folder {file.parent}; expected --out "
            f"{shlex.quote(str(file.parent))}, or another file"
        )
    return own


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


def _value(name: str, value: object) -> str:
    """A file without its folders."""
    return Path(str(value)).name if name in PATHS else format_setting(value)


def _plain(name: str) -> str:
    """The name as that of a folder on any file system. A name that is changed or long ends in a hash, so that different
    requests have different folders."""
    plain = re.sub(r"[^A-Za-z0-9_.=+,-]+", "_", name)
    if plain == name and len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(json.dumps(name).encode()).hexdigest()[:8]
    return f"{plain[: LONGEST_NAME - 9].rstrip('.')}-{digest}"
