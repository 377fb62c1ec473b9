"""Where a task expects attention to look, in the cells of an attention map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExpectedAlignment:
    """The cells that heat maps mark, and that the share of the weight is computed on."""

    cells: list[int]
    """For each target position that writes a letter, from 1, the source position, from 1. Empty if the task has no
    expected alignment."""
    name: str
    """What the cells form, in a sentence after "the"."""


def expected_alignment(
    settings: Mapping[str, Any], key: Mapping[str, Any], *, letters: int, positions: int
) -> ExpectedAlignment:
    """The alignment that the provenance's `settings` record for `key` (names and values of an entry) in a map of so
    many source positions. Settings without a record are of the task "reverse", whose sources have `letters` letters.

    Layers that halve the time axis leave fewer positions than letters; each then covers 1, 2, 4, ... letters.
    """
    expected = list(range(letters))[::-1]
    if "expected_alignments" in settings:
        found = [one for one in settings["expected_alignments"] if all(one.get(name) == key[name] for name in key)]
        expected, letters = (found[0]["positions"] or [], found[0]["length"]) if found else ([], letters)
    covered = 1
    while -(-letters // covered) > positions:
        covered *= 2
    names = {"anti-diagonal": list(range(letters))[::-1], "diagonal": list(range(letters))}
    name = next((name for name in names if names[name] == expected), "expected alignment")
    return ExpectedAlignment([position // covered + 1 for position in expected], name)


def task_key(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> dict[str, Any]:
    """The key of a study's runs at a combination of levels: their task, and the length of the sources in their maps."""
    task = settings.get("task", {})
    return {
        "task": levels.get("task", task.get("task")),
        "length": levels.get("max_length", task.get("max_length")),
    }


def common_name(alignments: Iterable[ExpectedAlignment]) -> str | None:
    """The name that the alignments share, or "expected alignment" if they have several; None if no task has one."""
    names = {alignment.name for alignment in alignments if alignment.cells}
    return names.pop() if len(names) == 1 else "expected alignment" if names else None
