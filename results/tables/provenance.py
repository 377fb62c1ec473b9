"""provenance.json: machine, versions, commit, command and settings, a part for each command that wrote into the folder.

It holds no name of a person, a host or a path, since reports are published.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from results.cores import usable_cores
from results.errors import InputError
from results.tables.atomic_write import prepare_folder, replace_file
from results.tables.json_shape import Nullable, shape_error

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
PROJECT = "retrograde"
"""The distribution of this project."""
SMOKE = "smoke"
"""The profile that checks that everything runs; a report of it gives no verdict."""
_PART = {
    "command": [str],
    "profile": str,
    "started": str,
    "finished": str,
    "machine": {
        "processor": str,
        "cores": Nullable(int),
        "memory_gib": Nullable(int | float),
        "system": str,
        "gpu": Nullable(str),
    },
    "python": str,
    "versions": {str: str},
    "commit": Nullable({"id": str, "dirty": bool}),
    "threads": int,
    "settings": {str: object},
    "noise?": {
        "seconds": int | float,
        "other_cores": Nullable(int | float),
        "load_average": Nullable(int | float),
        "control_spread": Nullable(int | float),
    },
}
_ROOT = Path(__file__).parents[2]
_MODULES = [f"{package}/*.py" for package in ("seq2seq_core", "results", "benchmarks", "studies")]


def prepare(directory: Path) -> Path:
    """Creates the folder if needed. Raises InputError if rows or their provenance cannot be written."""
    prepare_folder(directory)
    read(directory)  # the file is extended at the end, so it must be readable
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
    noise: Mapping[str, float | None] | None = None,
) -> None:
    """Writes `parts.<part>` of provenance.json, replacing an older one; other parts stay.

    `command` is what a user types to repeat it; `started` has a time zone; `gpu` is the accelerator's name; `settings`
    is plain JSON; `noise` is the load of the machine (`results.load`) and what the command says of its own noise, None
    where no time is measured. `finished` is the current time.
    """
    parts = read(directory)
    parts[part] = {
        "command": list(command),
        "profile": profile,
        "started": utc(started),
        "finished": utc(datetime.now(UTC)),
        **surroundings(gpu),
        "threads": threads,
        "settings": dict(settings),
        **({"noise": dict(noise)} if noise else {}),
    }
    _write(directory, parts)


def change_settings(directory: Path, part: str, settings: Mapping[str, Any]) -> None:
    """Replaces the settings of `parts.<part>`; what it says of the measurement stays."""
    parts = read(directory)
    parts[part] = {**parts[part], "settings": dict(settings)}
    _write(directory, parts)


def copy(directory: Path, target: Path, parts: Collection[str]) -> None:
    """Writes a provenance.json with these parts of the folder into another folder."""
    _write(target, {name: part for name, part in read(directory).items() if name in parts})


def _write(directory: Path, parts: Mapping[str, Any]) -> None:
    text = json.dumps({"parts": parts}, indent=2, ensure_ascii=False, allow_nan=False)
    replace_file(directory / "provenance.json", f"{text}\n".encode())


def read(directory: Path) -> dict[str, Any]:
    """The parts by name; empty without a provenance.json. Raises InputError if `record` cannot have written it."""
    path = directory / "provenance.json"
    try:
        content = json.loads(path.read_bytes())
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()  # raises for nan and surrogates
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    if wrong := shape_error(content, {"parts": {str: _PART}}, "the JSON in it"):
        raise InputError(f'{path}: not readable; expected {{"parts": {{...}}}} as the commands write it; {wrong}')
    parts: dict[str, Any] = content["parts"]
    return parts


def surroundings(gpu: str | None) -> dict[str, Any]:
    """The conditions of a measurement: machine, Python, versions and commit. Without a commit, the versions have
    that of this project, as it is installed."""
    commit = _commit()
    return {
        "machine": {**_machine(), "gpu": gpu},
        "python": platform.python_version(),
        "versions": _versions(PACKAGES if commit else (PROJECT, *PACKAGES)),
        "commit": commit,
    }


def utc(moment: datetime) -> str:
    """`2026-01-31T12:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
"""Flag of /proc/cpuinfo -> name of the instruction set, the widest vectors first."""


def _machine() -> dict[str, Any]:
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _memory_gib() -> float | None:
    """None if the system does not report it, as on Windows."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def processor() -> str:
    """The processor of this machine, see `processor_of`."""
    cpuinfo = Path("/proc/cpuinfo")
    return processor_of(cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else "")


def processor_of(cpuinfo: str) -> str:
    """The first processor's name with family, model and widest vectors, since processors of one name differ.

    `cpuinfo` is the text of /proc/cpuinfo, empty without the file.
    """
    lines = (line.partition(":") for line in cpuinfo.partition("\n\n")[0].splitlines())
    facts = {name.strip(): fact.strip() for name, _, fact in lines}
    flags = facts.get("flags", "").split()
    details = [f"family {facts['cpu family']}, model {facts['model']}"] if {"cpu family", "model"} <= set(facts) else []
    details += [name for flag, name in _VECTORS.items() if flag in flags][:1]
    name = facts.get("model name") or platform.processor() or platform.machine()
    return f"{name} ({', '.join(details)})" if details else name


def _versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions of those packages that are installed."""
    installed = {}
    for package in packages:
        try:
            installed[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return installed


def _commit() -> dict[str, Any] | None:
    """The commit of the code, and whether the code differs from it in a file or by an added module.

    Changes in results/reference are ignored. None if the project is not at the top level of a repository.
    """
    here = Path(__file__).relative_to(_ROOT).as_posix()
    answers = [
        _git("ls-files", "--full-name", "--", here),
        _git("rev-parse", "HEAD"),
        _git("diff", "--name-only", "HEAD", "--", ".", ":!results/reference"),
        _git("ls-files", "--others", "--exclude-standard", "--", *_MODULES),
    ]
    match answers:
        case [place, str(commit), str(changed), str(added)] if place == here:
            return {"id": commit, "dirty": bool(changed or added)}
    return None


def _git(*words: str) -> str | None:
    """The output of a git command in the folder of the code; None if it fails.

    A repository of another user is trusted, since its code is running.
    """
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={_ROOT.resolve()}", *words]
    try:
        done = subprocess.run(command, cwd=_ROOT, env=git_environment(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return os.fsdecode(done.stdout).strip()


def git_environment() -> dict[str, str]:
    """This environment without variables such as GIT_DIR, which hooks set, and which would name another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
