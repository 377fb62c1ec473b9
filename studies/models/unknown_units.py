"""A line for the user on the units of sources that a model of own pairs does not know."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence

from results.text import plural
from seq2seq_core.config import TaskConfig

SHOWN = 5
"""Units that the line names."""


def unknown_lines(tasks: Iterable[TaskConfig], sources: Sequence[str]) -> list[str]:
    """A line for each vocabulary that lacks units of the sources, with their number and the first few."""
    lines = [
        _line(task.units, unknown)
        for task in tasks
        if (unknown := list(dict.fromkeys(unit for source in sources for unit in task.unknown_units(source))))
    ]
    return list(dict.fromkeys(lines))


def _line(units: str, unknown: Sequence[str]) -> str:
    named = ", ".join([*map(reprlib.repr, unknown[:SHOWN]), *["..."] * (len(unknown) > SHOWN)])
    verb, them = ("is", "it") if len(unknown) == 1 else ("are", "each")
    return (
        f"note: {plural(len(unknown), units.removesuffix('s'))} of the sources {verb} in no training pair; the model "
        f"reads {them} as unknown: {named}"
    )
