"""What a session measures: a folder holds the rows of one kind of session, and its default name says which.

A session on a GPU alone can stand beside one on a CPU, also of another machine, profile and number of threads. It has
its own part of the provenance.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import DEFAULT_PROFILE
from benchmarks.session.command import COMMANDS, device_of, selection_of
from benchmarks.session.own_data import data_text
from results.errors import InputError
from results.tables import provenance
from results.tables.timing_schema import SESSION_PARTS

_BENCHMARKS, _ADDED = SESSION_PARTS
COMPLETE = [*COMMANDS.values()]
"""The selections of everything."""
LONGEST_NAME = 80
"""The most characters of what differs in a folder's name; the rest becomes a hash."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    profile: str
    device: str
    """The devices, separated by commas."""
    threads: int
    data: str
    """The user's own pairs, as in `data_text`; empty without them."""
    selection: tuple[str, ...]
    """The words of the command that select tests: files, -k and the like."""
    study: str = ""
    """The study whose arms are timed; empty without one."""

    def facts(self) -> dict[str, str]:
        """Name -> value, as in a message."""
        return {
            "profile": self.profile,
            "device": self.device,
            "threads": str(self.threads),
            "data": self.data or "none",
            "study": self.study or "none",
            "selection": "every suite" if self.selection in COMPLETE else " ".join(self.selection),
        }


def default_folder(options: Mapping[str, str | None], selection: Sequence[str]) -> str:
    """`benchmarks` or `peers`, with what differs from the default appended: `benchmarks-smoke-k=metric`.

    `options` are those that select no test: `profile` and others, which are None by default.
    """
    files = _files(selection)
    peers = bool(files) and all(word.startswith("benchmarks/peers") for word in files)
    profile = options["profile"]
    words = [profile] if profile and profile != DEFAULT_PROFILE else []
    words += [f"{name}={value}" for name, value in options.items() if name != "profile" and value is not None]
    return named("peers" if peers else "benchmarks", [*words, *_selected(selection)])


def refuse_other_kind(out: Path, asked: Kind) -> None:
    """Raises InputError if the folder holds another kind of session, but for one beside which this one can stand."""
    parts = provenance.read(out)
    for part in [part for part in (*SESSION_PARTS, "peers") if part in parts]:
        held = _kind_of(part, parts[part], asked)
        compared = [fact for fact in held.facts() if (fact, asked.device) != ("threads", "cuda")]  # a GPU uses none
        if (part, held.device, asked.device) in ((_BENCHMARKS, "cpu", "cuda"), (_ADDED, "cuda", "cpu")):
            compared = ["data", "study", "selection"]
            if provenance.SMOKE in (held.profile, asked.profile):  # a report with one such session has no verdict
                compared.append("profile")
        differing = [name for name in compared if asked.facts()[name] != held.facts()[name]]
        if differing:
            raise InputError(
                f"{out} holds a session with {_named_facts(held, differing)}, and this one has "
                f"{_named_facts(asked, differing)}; choose another folder, such as --out "
                f"{out.with_name(named(out.name, _appended(asked, differing)))}"
            )


def _kind_of(name: str, part: Mapping[str, Any], asked: Kind) -> Kind:
    """The kind of the session that wrote a part of the provenance; what the part does not say counts as equal."""
    selection = selection_of(part["command"])
    return Kind(
        profile=part["profile"],
        device=_device(name, part),
        threads=part["threads"],
        data=data_text(part["settings"]),
        selection=asked.selection if selection is None else selection,
        study=study_text(part["settings"]),
    )


def _device(name: str, part: Mapping[str, Any]) -> str:
    if name == _ADDED:
        return "cuda"
    return device_of(part["command"]) or ("cpu,cuda" if part["machine"]["gpu"] else "cpu")


def part_of(out: Path, devices: Sequence[str]) -> str:
    """The part of the provenance of a session of `bench` on these devices, if the folder takes it. A GPU alone has the
    first one in a folder of an earlier version."""
    parts = provenance.read(out)
    earlier = _BENCHMARKS in parts and _device(_BENCHMARKS, parts[_BENCHMARKS]) == "cuda"
    return _ADDED if [*devices] == ["cuda"] and not earlier else _BENCHMARKS


def study_text(settings: Mapping[str, Any]) -> str:
    """`lengths, full`, from the settings of a session; empty if it timed no study."""
    study = settings.get("study")
    return f"{study['name']}, {study['profile']}" if study else ""


def _named_facts(kind: Kind, names: Sequence[str]) -> str:
    return " and ".join(f"{name} {kind.facts()[name]}" for name in names)


def _appended(kind: Kind, names: Sequence[str]) -> list[str]:
    """What the name of a folder says of these facts."""
    words = [kind.profile] * ("profile" in names)
    words += [f"{name}={kind.facts()[name]}" for name in ("device", "threads") if name in names]
    words += [f"data={kind.data.partition(' by ')[0] or 'none'}"] * ("data" in names)
    words += [f"of={kind.study or 'none'}"] * ("study" in names)
    return words + (_selected(kind.selection) or ["all"]) * ("selection" in names)


def _files(selection: Sequence[str]) -> list[str]:
    first = next((place for place, word in enumerate(selection) if word.startswith("-")), len(selection))
    return list(selection[:first])


def _selected(selection: Sequence[str]) -> list[str]:
    """`bench_scores`, `k=metric`: the files and options of a selection; nothing if it selects everything."""
    if tuple(selection) in COMPLETE:
        return []
    files = _files(selection)
    named = [] if tuple(files) in COMPLETE else [re.sub(r"\.py\b", "", word.rpartition("/")[2]) for word in files]
    options, words = [], iter(selection[len(files) :])
    for word in words:
        flag = word.lstrip("-")
        options.append(flag if flag in ("last-failed", "stepwise") else f"{flag}={next(words)}")
    return [*named, *options]


def named(base: str, words: Sequence[str]) -> str:
    """`base-word-word`, in characters that need no quotes in a shell and no escape in a path."""
    text = "-".join(re.sub(r"[^\w.=+-]+", "_", word, flags=re.ASCII).strip("_") for word in words)
    if len(text) > LONGEST_NAME:
        text = f"{text[:LONGEST_NAME]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{base}-{text}" if text else base
