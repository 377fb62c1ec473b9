"""Which two folders can be compared: with rows of the same kind, of one study, and of the same task and data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.analysis.study.own_data import names_of
from results.compare.provenance import differing
from results.errors import InputError
from results.report.folder import Folder
from results.text import format_setting

_DEFAULT_TASK = "reverse"
"""The task of a study whose settings name none."""
Data = Mapping[tuple[Any, ...], str]
"""What identifies each data set of a part of the provenance -> its name in a message; empty without own pairs."""


def check_comparable(first: Path, before: Folder, second: Path, after: Folder) -> None:
    """Raises InputError for folders that measure different things; no value in B is worse than one in A then."""
    had, has = _kinds(before), _kinds(after)
    if had.isdisjoint(has):
        raise InputError(
            f"{second}: rows of {_listed(has)}, but {first} has rows of {_listed(had)}; expected rows of the same kind"
        )
    if before.study and after.study:
        names = [found.settings["name"] for found in (before.study, after.study)]
        if names[0] != names[1]:
            raise InputError(
                f"{second}: rows of the study {names[1]}, but {first} has {names[0]}; expected the same study"
            )
    for part in (part for part in before.parts if part in after.parts):
        settings = [folder.parts[part]["settings"] for folder in (before, after)]
        data = [_data(one) for one in settings]
        if data[0].keys() != data[1].keys():
            raise InputError(
                f"{second}: {part} of {_named(data[1])}, but {first} has {_named(data[0])}; expected the same data"
            )
        if part == "study" and (lines := differing(*_tasks(*settings))):
            raise InputError(
                f"{second}: study of another task than {first}: {', '.join(lines)}; expected the same task and lengths"
            )


def _kinds(folder: Folder) -> set[str]:
    """The parts of the provenance, those of all storages of the overhead as one. Examples of a study are no kind of
    their own; a folder that has nothing else has the kinds of its tables."""
    return {part.partition("_")[0] for part in folder.parts if part != "examples"} or {*folder.tables}


def _listed(kinds: set[str]) -> str:
    return " and ".join(sorted(kinds)) or "no known kind"


def _data(settings: Mapping[str, Any]) -> Data:
    """By content, units and split, as equal pairs in another file are the same data."""
    found: dict[tuple[Any, ...], str] = {
        (data["content"], data["units"], data["split"]["seed"] if data["split"]["sets"] else None): _text(data)
        for data in settings.get("data", [])
    }
    content = settings.get("task", {}).get("content")  # the overhead records no more of its data
    return found or ({(content,): f"pairs ({content})"} if content else {})


def _text(data: Mapping[str, Any]) -> str:
    """`dates.tsv by characters (2f1c0a9b8d7e6f5a), split with seed 0`."""
    names = " and ".join(names_of(data))
    split = f", split with seed {data['split']['seed']}" if data["split"]["sets"] else ""
    return f"{names} by {data['units']} ({data['content']}){split}"


def _named(data: Data) -> str:
    return f"the data {'; '.join(data.values())}" if data else "no data from files"


def _tasks(*studies: Mapping[str, Any]) -> list[dict[str, str]]:
    """The settings of the task of each study, without those that are factors, whose levels each run has."""
    factors = {factor for settings in studies for factor in settings["factors"]}
    return [
        {
            name: format_setting(value)
            for name, value in {"task": _DEFAULT_TASK, **settings.get("task", {})}.items()
            if name not in factors
        }
        for settings in studies
    ]
