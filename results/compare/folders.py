"""Compares two folders, in the order of the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from results.analysis.formatting import default_numpy
from results.compare.changes import Change, Group, headline
from results.compare.provenance import condition_changes, timing_conditions
from results.compare.rows import row_changes
from results.compare.study import arm_changes, verdict_changes
from results.compare.timing import Ratios, aim_changes, overhead_of, peers_ratios, ratio_changes, throughput_ratios
from results.report.folder import Folder, provenance_parts, read_folder
from results.tables.atomic_write import InputError


@dataclass(frozen=True)
class Compared:
    groups: Sequence[Group]
    times_skipped: bool
    """Whether some times are not compared because machines or versions differ."""

    @property
    def changes(self) -> list[Change]:
        return [change for group in self.groups for change in group.changes]

    @property
    def worse(self) -> bool:
        return any(change.worse for change in self.changes)

    def text(self) -> str:
        """The result in a line, then every change."""
        lead = f"{headline(self.changes)}{'; times not compared' if self.times_skipped else ''}"
        return "\n".join([lead, *(line for group in self.groups for line in group.lines())])


@default_numpy()
def compare_folders(first: Path, second: Path, *, times: bool) -> Compared:
    """What changed from the first folder to the second; with `times`, ratios are compared across machines too.

    Raises InputError for a folder without a valid report, or for folders of two studies.
    """
    before, after = read_folder(first), read_folder(second)
    groups = [
        Group(title="Conditions", changes=condition_changes(before.parts, after.parts)),
        Group(title="Rows", changes=row_changes(before.tables, after.tables)),
    ]
    if before.study and after.study:
        names = [found.settings["name"] for found in (before.study, after.study)]
        if names[0] != names[1]:
            raise InputError(
                f"{second}: rows of the study {names[1]}, but {first} has {names[0]}; expected the same study"
            )
        verdicts = verdict_changes(before.study.comparisons, after.study.comparisons)
        groups += [Group(title="Verdicts", changes=verdicts), arm_changes(before.study, after.study)]
    had, has = _ratios(before), _ratios(after)
    shared = [part for part in had if part in has]
    differing = {} if times else {part: timing_conditions(before.parts[part], after.parts[part]) for part in shared}
    skipped = {part: facts for part, facts in differing.items() if facts}
    groups.append(_ratio_group(had, has, shared, skipped))
    if "peers" in shared:
        aims = aim_changes(before.tables["peers"], after.tables["peers"], times_too="peers" not in skipped)
        groups.append(Group(title="Aims beside other libraries", changes=aims))
    return Compared(groups, bool(skipped))


def _ratios(folder: Folder) -> dict[str, Ratios]:
    """Part of the provenance -> the ratios of its table."""
    ratios = {}
    if "throughput" in folder.tables:
        ratios["benchmarks"] = throughput_ratios(folder.tables["throughput"])
    if "peers" in folder.tables:
        ratios["peers"] = peers_ratios(folder.tables["peers"])
    if "overhead" in folder.tables:
        for part in provenance_parts("overhead", folder.tables):
            ratios[part] = overhead_of(folder.tables["overhead"], part.removeprefix("overhead_"))
    return ratios


def _ratio_group(
    before: Mapping[str, Ratios],
    after: Mapping[str, Ratios],
    parts: Sequence[str],
    skipped: Mapping[str, Sequence[str]],
) -> Group:
    changes: list[Change] = []
    notes = []
    for part in parts:
        if part in skipped:
            notes.append(
                f"{part}: times are not compared, since they depend on what differs here: {', '.join(skipped[part])}; "
                "--times compares them anyway"
            )
        else:
            changed, counted = ratio_changes(before[part], after[part])
            changes += changed
            notes.append(f"{part}: {counted} beyond their noise")
    return Group(title="Ratios of times", changes=changes, notes=notes)
