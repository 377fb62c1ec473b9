"""Which rows two folders have: what is missing, what is new, and runs that are no longer done."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from results.analysis import formatting
from results.compare.changes import Change, Worse
from results.compare.row_keys import NAMED, Named

Tables = Mapping[str, pd.DataFrame]


def row_changes(before: Tables, after: Tables) -> list[Change]:
    """Tables and rows that only one has, and what became of the runs that both have."""
    changes = []
    for table in dict.fromkeys([*before, *after]):
        if table not in after:
            changes.append(Change(f"missing: {_whole(table, before)}", "table missing"))
        elif table not in before:
            changes.append(Change(f"new: {_whole(table, after)}"))
        elif table in NAMED:
            had, has = NAMED[table](before[table]), NAMED[table](after[table])
            changes += _only_in("missing", had, has, "row missing")
            changes += _only_in("new", has, had, None)
    return [*changes, *_status_changes(before, after)] if "runs" in before and "runs" in after else changes


def _whole(table: str, tables: Tables) -> str:
    return f"all of {table}.csv, {formatting.plural(len(tables[table]), 'row')}"


def _only_in(word: str, here: Named, there: Named, worse: Worse | None) -> list[Change]:
    places: dict[str, list[str]] = {}
    for key, (place, item) in here.items():
        if key not in there:
            places.setdefault(place, []).append(item)
    return [Change(f"{word}: {place}: {', '.join(items)}", worse, len(items)) for place, items in places.items()]


def _status_changes(before: Tables, after: Tables) -> list[Change]:
    was, became = _statuses(before["runs"]), _statuses(after["runs"])
    turned: dict[tuple[str, str, str], list[str]] = {}
    for key, (place, item) in NAMED["runs"](before["runs"]).items():
        if key in became and became[key] != was[key]:
            turned.setdefault((was[key], became[key], place), []).append(item)
    return [
        Change(
            f"{old} -> {new}: {place}: {', '.join(items)}", "run no longer done" if old == "done" else None, len(items)
        )
        for (old, new, place), items in turned.items()
    ]


def _statuses(runs: pd.DataFrame) -> dict[Hashable, str]:
    return dict(zip(NAMED["runs"](runs), runs["status"], strict=True))
