"""Differences in the provenance of two folders, and whether their times can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from results.compare.changes import Change
from results.tables.timing_schema import SESSION_PARTS
from results.text import format_setting

_NOT_COMPARED = {"command", "started", "finished", "noise", "described", "changed"}
"""Facts that differ each time or when descriptions are updated, or that repeat others (`changed`); a report says where
noise affects its numbers."""
_LONGEST = 60
"""The longest value that is shown; longer ones are only reported as different."""


def condition_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Parts of the provenance that only one folder has, and a line for each fact that differs in the others."""
    lines: dict[str, list[str]] = {}
    for part in (part for part in before if part in after):
        for line in differing(_facts(before[part]), _facts(after[part])):
            lines.setdefault(line, []).append(part)
    return [
        *(Change(f"{part}: missing") for part in before if part not in after),
        *(Change(f"{part}: new") for part in after if part not in before),
        *(Change(f"{', '.join(parts)}: {line}") for line, parts in lines.items()),
    ]


def timing_conditions(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The differences between two parts of this name that affect times, apart from the code.

    They are the machine with its system's version, the threads (not on a GPU), and the versions of Python, torch and
    numpy.
    """
    affect = ["python", "versions.torch", "versions.numpy", *["threads"] * (name != SESSION_PARTS[1])]
    return differing(
        *(
            {fact: text for fact, text in _facts(part).items() if fact in affect or fact.startswith("machine.")}
            for part in (before, after)
        )
    )


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A line for each fact that differs, such as `letters 4 -> 6`."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        _line(name, before.get(name, "-"), after.get(name, "-"))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _line(name: str, before: str, after: str) -> str:
    return f"{name} differs" if max(len(before), len(after)) > _LONGEST else f"{name} {before} -> {after}"


def _facts(part: Mapping[str, Any]) -> dict[str, str]:
    """`settings.training.epochs` -> `14`."""
    facts = dict(_flat(part, ""))
    return {name: fact for name, fact in facts.items() if _NOT_COMPARED.isdisjoint(name.split(".")[:2])}


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    else:
        yield name, json.dumps(value) if isinstance(value, list) else format_setting(value)
