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
from typing import Any

from results.cores import usable_cores
from results.tables.atomic_write import InputError, prepare_folder, replace_file
from results.tables.json_shape import OrNone, misfit

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
_PART = {
    "command": [str],
    "profile": str,
    "started": str,
    "finished": str,
    "machine": {
        "processor": str,
        "cores": OrNone(int),
        "memory_gib": OrNone(int | float),
        "system": str,
        "gpu": OrNone(str),
    },
    "python": str,
    "versions": {str: str},
    "commit": OrNone({"id": str, "dirty": bool}),
    "threads": int,
    "settings": {str: object},
}
_ROOT = Path(__file__).parents[2]
_MODULES = [f"{package}/*.py" for package in ("seq2seq_core", "results", "benchmarks", "studies")]


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
        content = json.loads(path.read_bytes())
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()  # it has no nan and no surrogate
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    if wrong := misfit(content, {"parts": {str: _PART}}, "the JSON in it"):
        raise InputError(f'{path}: not readable; expected {{"parts": {{...}}}} as the commands write it; {wrong}')
    parts: dict[str, Any] = content["parts"]
    return parts


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
    cpuinfo = Path("/proc/cpuinfo")
    return {
        "processor": processor_of(cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""),
        "cores": usable_cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _memory_gib() -> float | None:
    """None where the system does not say, as Windows."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


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
    """The code's commit, and whether the code differs from it: in a file of the commit, committed reports apart, or by
    a module that is not in it. None where no repository has the project at its top level."""
    here = Path(__file__).relative_to(_ROOT).as_posix()
    said = [
        _git("ls-files", "--full-name", "--", here),
        _git("rev-parse", "HEAD"),
        _git("diff", "--name-only", "HEAD", "--", ".", ":!results/reference"),
        _git("ls-files", "--others", "--exclude-standard", "--", *_MODULES),
    ]
    match said:
        case [place, str(commit), str(changed), str(added)] if place == here:
            return {"id": commit, "dirty": bool(changed or added)}
    return None


def _git(*words: str) -> str | None:
    """What git says of the folder that holds the code; None where it cannot tell.

    Variables such as GIT_DIR, which a hook has, name another repository. A repository that another user owns is
    trusted: its code is running.
    """
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={_ROOT.resolve()}", *words]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, cwd=_ROOT, env=variables, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return os.fsdecode(done.stdout).strip()
