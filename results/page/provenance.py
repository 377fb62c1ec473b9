"""What a report says of the provenance of its numbers, and the command that repeats them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from results.tables.provenance import PROJECT
from results.text import plural

_STORAGE = "--storage postgresql://me@db.example/studies"
_SERVERS = {
    "overhead_postgresql": _STORAGE,
    "scaling_runs_postgresql": _STORAGE,
    "scaling_runs_dask": "--dask tcp://HOST:8786",
}
"""Part -> an example of the option that named a server, whose address the provenance does not keep."""
_EXTRAS = {
    "peers": "[tensorboard]",
    "overhead_postgresql": "[postgresql]",
    "scaling_runs_postgresql": "[postgresql]",
    "scaling_runs_dask": "[cluster]",
}
"""Part -> the optional dependencies that it needs."""
_PEERS = "python -m pip install --no-deps --requirement benchmarks/peers/requirements.txt"


def measured_on(parts: Sequence[Mapping[str, Any]], what: str = "Measured") -> str:
    """`Measured on 2026-11-25 on AMD EPYC, 2 cores.`: the last day of the measurements on each machine."""
    days: dict[str, str] = {}
    for part in parts:
        machine = machine_of(part)
        days[machine] = max(days.get(machine, ""), part["finished"][:10])
    return f"{what} {' and '.join(f'on {day} on {machine}' for machine, day in days.items())}."


def machine_of(part: Mapping[str, Any]) -> str:
    """`AMD EPYC, 2 cores`."""
    machine = part["machine"]
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    return f"{machine['processor']}, {_cores(machine)}{gpu}"


def _cores(machine: Mapping[str, Any]) -> str:
    return plural(machine["cores"], "core") if machine["cores"] else "cores unknown"


def facts(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts of a part as (name, value)."""
    machine, commit = part["machine"], part["commit"]
    memory = f"{machine['memory_gib']} GiB" if machine["memory_gib"] else "memory unknown"
    return [
        ("command", shlex.join(part["command"])),
        ("profile", part["profile"]),
        *_described(part["settings"].get("described")),
        *_data(part["settings"].get("data", [])),
        *_code(part["settings"].get("code")),
        ("started", part["started"]),
        ("finished", part["finished"]),
        (
            "processor",
            f"{machine['processor']}, {_cores(machine)}, {memory}, {machine['system']}",
        ),
        ("GPU", machine["gpu"] or "none"),
        ("threads", str(part["threads"])),
        *([("noise", _noise(part["noise"]))] if "noise" in part else []),
        ("versions", ", ".join(f"{name} {v}" for name, v in {"Python": part["python"], **part["versions"]}.items())),
        (
            "commit",
            f"{commit['id']}{', with uncommitted changes' * commit['dirty']}"
            if commit
            else f"none, the installed {package}"
            if (package := _installed(part))
            else "unknown",
        ),
    ]


def _described(described: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """When the question and the names of the comparisons were updated after the measurement, and by which commit."""
    if described is None:
        return []
    commit = described["commit"]
    return [("words", f"updated {described['at']} at commit {commit['id'] if commit else 'unknown'}")]


def _code(code: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """The files outside the project with their hashes, and the packages with their versions, that a study needs."""
    return [("code", ", ".join(f"{name} {value}" for name, value in code.items()))] if code else []


def _data(data: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The names of the files of the user's own pairs, and the hash of the pairs."""
    names = [f"{', '.join(file['name'] for file in one['files'])} ({one['content']})" for one in data]
    return [("data", "; ".join(names))] if names else []


def _noise(noise: Mapping[str, Any]) -> str:
    """The load of the machine during the measurement; numbers that the system did not report are left out."""
    facts = {
        "other_cores": "other processes used {:.2f} cores on average",
        "load_average": "load average {:.2f}",
        "control_spread": "the rounds of an A/A control vary by {:.1%}",
    }
    known = [text.format(noise[name]) for name, text in facts.items() if noise[name] is not None]
    return ", ".join(known) or "unknown"


def _installed(part: Mapping[str, Any]) -> str | None:
    """`retrograde 0.1.0`, if the code of the measurement was an installed package and no clone."""
    version = part["versions"].get(PROJECT)
    return f"{PROJECT} {version}" if version and not part["commit"] else None


def where_to_repeat(name: str, part: Mapping[str, Any]) -> str:
    """Where the command of `repeat` is given, in words."""
    package = _installed(part)
    where = f"with {package} installed" if package else "in a clone of the project, in a new environment"
    if "--of" in part["command"]:  # the name of the study stands for its folder
        of = part["command"][part["command"].index("--of") + 1]
        where += f", after the command of the study with --out {of}"
    own = name == "study" and any(file.endswith(".py") for file in part["settings"].get("code", {}))
    return f"{where}, after copying the study's files there from the folder code of this folder" if own else where


def repeat(name: str, part: Mapping[str, Any]) -> str:
    """A shell command that repeats the measurement."""
    command = " ".join([shlex.join(part["command"]), *([_SERVERS[name]] if name in _SERVERS else [])])
    if _installed(part):
        return command
    plain = f".{_EXTRAS.get(name, '')}"
    steps = [
        *([f"git checkout {part['commit']['id']}"] if part["commit"] else []),
        f"python -m pip install --constraint constraints.txt --editable {shlex.quote(plain)}",
        *([_PEERS] if name == "peers" else []),
        command,
    ]
    return " && ".join(steps)
