"""Compares two folders, in the order of the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.analysis import formatting
from results.analysis.formatting import default_numpy
from results.compare.changes import Change, as_lines, by_size
from results.compare.comparable import check_comparable
from results.compare.provenance import condition_changes, timing_conditions
from results.compare.rows import row_changes
from results.compare.sessions import last_session, read_two
from results.compare.study import arm_changes, verdict_changes
from results.compare.timing import Ratios, aim_changes, overhead_of, peers_ratios, ratio_changes, throughput_ratios
from results.report.folder import Folder, provenance_parts
from results.tables.timing_schema import SESSION_PARTS, session_parts
from results.terminal.output import Result
from results.terminal.process import DONE, FAULT


@dataclass(frozen=True)
class Compared(Result):
    changes: Sequence[Change]
    notes: Sequence[str]
    """What was compared without a change, and what was not compared."""

    @property
    def worse(self) -> bool:
        return any(change.direction == "worse" for change in self.changes)

    @property
    def exit_status(self) -> int:
        return FAULT if self.worse else DONE

    def lines(self) -> list[str]:
        return as_lines(self.changes, self.notes)

    def document(self) -> dict[str, Any]:
        changes = [{"direction": change.direction, "text": change.text} for change in self.changes]
        return {"worse": self.worse, "changes": changes, "notes": list(self.notes)}


@default_numpy()
def compare_folders(first: Path, second: Path, *, times: bool) -> Compared:
    """What changed from the first folder to the second; with `times`, ratios are compared across machines too.

    Raises InputError for a folder without a valid report, or for folders that measure different things.
    """
    before, after = read_two(first, second)
    check_comparable(first, before, second, after)
    changes = by_size(row_changes(before.tables, after.tables))
    if before.study and after.study:
        changes += by_size(arm_changes(before.study, after.study))
        changes += by_size(verdict_changes(before.study.comparisons, after.study.comparisons))
    had, has = _times(before), _times(after)
    shared = [name for name in had if name in has]
    differing = {} if times else {name: timing_conditions(name, had[name].part, has[name].part) for name in shared}
    skipped = {name: facts for name, facts in differing.items() if facts}
    compared = {name: ratio_changes(had[name].ratios, has[name].ratios) for name in shared if name not in skipped}
    changes += by_size([change for found in compared.values() for change in found])
    if "peers" in shared:
        aims = aim_changes(before.tables["peers"], after.tables["peers"], times_too="peers" not in skipped)
        changes += by_size(aims)
    changes += condition_changes(before.parts, after.parts)
    return Compared(
        changes,
        [
            *(
                f"{name}: times are not compared, since they depend on what differs here: {', '.join(facts)}; "
                "--times compares them anyway"
                for name, facts in skipped.items()
            ),
            *(
                f"{name}: {formatting.plural(had[name].shared(has[name]), 'ratio')} of times compared, none changed"
                for name, found in compared.items()
                if not found
            ),
        ],
    )


def compare_with_last(directory: Path, *, times: bool) -> Compared:
    """What changed from the last earlier session of the benchmarks that the folder keeps to the one that it holds.

    Raises InputError if it keeps none.
    """
    return compare_folders(last_session(directory), directory, times=times)


@dataclass(frozen=True)
class _Times:
    part: Mapping[str, Any]
    """Of the provenance"""
    ratios: Ratios

    def shared(self, other: _Times) -> int:
        return len(self.ratios.keys() & other.ratios.keys())


def _times(folder: Folder) -> dict[str, _Times]:
    """The part that a session of each device has beside another one, and other parts -> the ratios."""
    parts, times = folder.parts, {}
    if "throughput" in folder.tables:
        for device, rows in folder.tables["throughput"].groupby("device", sort=False):
            (part,) = session_parts([str(device)], parts)
            if part in parts:  # not so beside an earlier session on the other device alone
                times[SESSION_PARTS[device == "cuda"]] = _Times(parts[part], throughput_ratios(rows))
    if "peers" in folder.tables:
        times["peers"] = _Times(parts["peers"], peers_ratios(folder.tables["peers"]))
    if "overhead" in folder.tables:
        for part in provenance_parts("overhead", folder.tables, parts):
            ratios = overhead_of(folder.tables["overhead"], part.removeprefix("overhead_"))
            times[part] = _Times(parts[part], ratios)
    return times
