"""Two folders beside each other: all that is compared, in the order in which it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from results.compare.aims import aim_changes
from results.compare.changes import Change, Group, headline
from results.compare.provenance import condition_changes, other_machine
from results.compare.rows import row_changes
from results.compare.study import arm_changes
from results.compare.timing import Ratios, overhead_of, peers_ratios, ratio_changes, throughput_ratios
from results.compare.verdicts import verdict_changes
from results.page.plain_numbers import plain_numbers
from results.report.folder import Folder, parts_behind, read_folder
from results.tables.atomic_write import InputError


@dataclass(frozen=True)
class Compared:
    groups: Sequence[Group]
    refused: bool
    """Whether there are times that were not compared."""

    @property
    def changes(self) -> list[Change]:
        return [change for group in self.groups for change in group.changes]

    @property
    def worse(self) -> bool:
        return any(change.worse for change in self.changes)

    def text(self) -> str:
        """What came of it in a line, and then all that was found."""
        lead = f"{headline(self.changes)}{'; times not compared' if self.refused else ''}"
        return "\n".join([lead, *(line for group in self.groups for line in group.lines())])


@plain_numbers()
def compare_folders(first: Path, second: Path, *, times: bool) -> Compared:
    """What changed from the first folder to the second; `times` are compared also if they are of two machines.

    Raises InputError for a folder that no report could be made of, or for folders of two studies.
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
                f"{second}: rows of the study {names[1]}, and in {first} of {names[0]}; expected those of one study"
            )
        turned = verdict_changes(before.study.comparisons, after.study.comparisons)
        groups += [Group(title="Verdicts", changes=turned), arm_changes(before.study, after.study)]
    ours, theirs = _ratios(before), _ratios(after)
    shared = [part for part in ours if part in theirs]
    differing = {} if times else {part: other_machine(before.parts[part], after.parts[part]) for part in shared}
    refused = {part: facts for part, facts in differing.items() if facts}
    groups.append(_ratio_group(ours, theirs, shared, refused))
    if "peers" in shared:
        aims = aim_changes(before.tables["peers"], after.tables["peers"], times_too="peers" not in refused)
        groups.append(Group(title="Aims beside other libraries", changes=aims))
    return Compared(groups, bool(refused))


def _ratios(folder: Folder) -> dict[str, Ratios]:
    """The ratios that each part of the provenance stands behind."""
    found = {}
    if "throughput" in folder.tables:
        found["benchmarks"] = throughput_ratios(folder.tables["throughput"])
    if "peers" in folder.tables:
        found["peers"] = peers_ratios(folder.tables["peers"])
    if "overhead" in folder.tables:
        for part in parts_behind("overhead", folder.tables):
            found[part] = overhead_of(folder.tables["overhead"], part.removeprefix("overhead_"))
    return found


def _ratio_group(
    before: Mapping[str, Ratios],
    after: Mapping[str, Ratios],
    parts: Sequence[str],
    refused: Mapping[str, Sequence[str]],
) -> Group:
    changes: list[Change] = []
    notes = []
    for part in parts:
        if part in refused:
            notes.append(
                f"{part}: times are not compared, since they depend on what differs here: {', '.join(refused[part])}; "
                "--times compares them all the same"
            )
        else:
            changed, counted = ratio_changes(before[part], after[part])
            changes += changed
            notes.append(f"{part}: {counted} beyond their noise")
    return Group(title="Ratios of times", changes=changes, notes=notes)
