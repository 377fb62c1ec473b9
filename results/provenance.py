"""Where figures come from: machine, versions, commit and command, one part for each command that wrote into the folder.

Nothing that names a person, a host or a path is kept: a report is made to be shown.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import NoneType
from typing import Any

from results.files import InputError, prepare_folder, replace_file

PACKAGES = (
    "torch",
    "numpy",
    "optuna",
    "pandas",
    "scipy",
    "matplotlib",
    "pytest-benchmark",
    "editdistance",
    "joeynmt",
    "eole",
)
_KINDS: dict[str, Any] = {
    "command": list,
    "profile": str,
    "started": str,
    "finished": str,
    "machine": dict,
    "python": str,
    "versions": dict,
    "commit": (dict, NoneType),
    "threads": int,
    "settings": dict,
}
_INSIDE = {"machine": {"processor", "cores", "memory_gib", "system", "gpu"}, "commit": {"id", "dirty"}}
_ROOT = Path(__file__).parents[1]


def prepare(directory: Path) -> Path:
    """Creates the folder where needed. InputError, before the work, if rows or their provenance cannot be written."""
    prepare_folder(directory)
    read(directory)  # a part is written into it at the end, and the others are kept
    return directory


def record(
    directory: Path,
    part: str,
    *,
    command: Sequence[str],
    profile: str,
    threads: int,
    gpu: str | None,
    started: datetime,
    settings: Mapping[str, Any],
) -> None:
    """Writes `parts.<part>` of provenance.json, in the place of an older one; other parts stay.

    `command` is what a user would type to get the same; `started` knows its time zone; `gpu` is the accelerator's name;
    `settings` is plain JSON. The present moment becomes `finished`.
    """
    parts = read(directory)
    parts[part] = {
        "command": list(command),
        "profile": profile,
        "started": _utc(started),
        "finished": _utc(datetime.now(UTC)),
        **surroundings(gpu),
        "threads": threads,
        "settings": dict(settings),
    }
    _write(directory, parts)


def remove(directory: Path, part: str) -> None:
    """Removes `parts.<part>`, where it is there; other parts stay."""
    parts = read(directory)
    if parts.pop(part, None):
        _write(directory, parts)


def _write(directory: Path, parts: Mapping[str, Any]) -> None:
    text = json.dumps({"parts": parts}, indent=2, ensure_ascii=False, allow_nan=False)
    replace_file(directory / "provenance.json", f"{text}\n".encode())


def read(directory: Path) -> dict[str, Any]:
    """The parts by name; none without a provenance.json. Raises InputError if it is not what `record` writes."""
    path = directory / "provenance.json"
    try:
        parts = json.loads(path.read_bytes())["parts"]
        if all(_is_part(part) for part in parts.values()):
            return dict(parts)
        raise KeyError("a part")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f'{path}: not readable; expected {{"parts": {{...}}}} as the commands write it') from error


def _is_part(part: Any) -> bool:
    """Whether it has all that is recorded of one, each of its kind."""
    return (
        set(part) == set(_KINDS)
        and all(isinstance(part[key], kind) for key, kind in _KINDS.items())
        and all(part[key] is None or set(part[key]) == keys for key, keys in _INSIDE.items())
        and all(isinstance(word, str) for word in part["command"])
    )


def surroundings(gpu: str | None) -> dict[str, Any]:
    """What a figure depends on besides what was asked for: machine, Python, versions and commit."""
    return {
        "machine": {**_machine(), "gpu": gpu},
        "python": platform.python_version(),
        "versions": _versions(),
        "commit": _commit(),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
"""A flag of /proc/cpuinfo -> its name, the widest vectors first."""


def _machine() -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cpuinfo = Path("/proc/cpuinfo")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor_of(cpuinfo.read_text() if cpuinfo.exists() else ""),
        "cores": cores,
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def processor_of(cpuinfo: str) -> str:
    """The text of /proc/cpuinfo, "" where there is none -> the first processor's name and, since processors of one name
    differ, its family, model and widest vectors."""
    lines = (line.partition(":") for line in cpuinfo.partition("\n\n")[0].splitlines())
    facts = {name.strip(): fact.strip() for name, _, fact in lines}
    flags = facts.get("flags", "").split()
    details = [f"family {facts['cpu family']}, model {facts['model']}"] if {"cpu family", "model"} <= set(facts) else []
    details += [name for flag, name in _VECTORS.items() if flag in flags][:1]
    name = facts.get("model name") or platform.processor() or platform.machine()
    return f"{name} ({', '.join(details)})" if details else name


def _versions() -> dict[str, str]:
    """Of those that are installed: a benchmark on another machine may do without the studies' packages."""
    installed = {}
    for package in PACKAGES:
        try:
            installed[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return installed


def _commit() -> dict[str, Any] | None:
    """The code's commit and whether files differ from it; None outside git. Committed reports are not code."""
    identity = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--", ".", ":!results/reference")
    return None if identity is None else {"id": identity, "dirty": bool(changes)}


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
