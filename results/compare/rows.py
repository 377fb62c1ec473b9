"""Missing and new rows of two folders, and runs whose status changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from results.analysis import formatting
from results.compare.changes import Change, Direction
from results.compare.row_keys import ROW_NAMES, RowNames

Tables = Mapping[str, pd.DataFrame]


def row_changes(before: Tables, after: Tables) -> list[Change]:
    """Tables and rows that only one folder has, and status changes of the runs that both have."""
    changes = []
    for table in dict.fromkeys([*before, *after]):
        if table not in after:
            changes.append(Change(f"missing: {_all_rows(table, before)}", "worse", len(before[table])))
        elif table not in before:
            changes.append(Change(f"new: {_all_rows(table, after)}", size=len(after[table])))
        elif table in ROW_NAMES:
            had, has = ROW_NAMES[table](before[table]), ROW_NAMES[table](after[table])
            changes += _only_in("missing", had, has, "worse")
            changes += _only_in("new", has, had, "other")
    return [*changes, *_status_changes(before, after)] if "runs" in before and "runs" in after else changes


def _all_rows(table: str, tables: Tables) -> str:
    return f"all of {table}.csv, {formatting.plural(len(tables[table]), 'row')}"


def _only_in(word: str, here: RowNames, there: RowNames, direction: Direction) -> list[Change]:
    groups: dict[str, list[str]] = {}
    for key, (group, item) in here.items():
        if key not in there:
            groups.setdefault(group, []).append(item)
    return [Change(f"{word}: {group}: {', '.join(items)}", direction, len(items)) for group, items in groups.items()]


def _status_changes(before: Tables, after: Tables) -> list[Change]:
    was, became = _statuses(before["runs"]), _statuses(after["runs"])
    changed: dict[tuple[str, str, str], list[str]] = {}
    for key, (group, item) in ROW_NAMES["runs"](before["runs"]).items():
        if key in became and became[key] != was[key]:
            changed.setdefault((was[key], became[key], group), []).append(item)
    return [
        Change(
            f"{old} -> {new}: {group}: {', '.join(items)}",
            "worse" if old == "done" else "better" if new == "done" else "other",
            len(items),
        )
        for (old, new, group), items in changed.items()
    ]


def _statuses(runs: pd.DataFrame) -> dict[Hashable, str]:
    return dict(zip(ROW_NAMES["runs"](runs), runs["status"], strict=True))
