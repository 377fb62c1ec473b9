"""The finished runs that a folder holds, in its storage or in its tables, and whether they are runs of the request.

A folder holds one thing. Its rows stay when more seeds or arms are added with everything else equal. A request whose
tables would leave out a row is refused. Runs of the tables that the storage does not have are restored from them: the
storage may be lost, or the tables may be published without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.tables import provenance
from results.tables.table_file import has_table
from results.text import format_setting, plural
from seq2seq_core.config.task import DERIVED, SIZES
from studies.commands.export import origin_of, settings_of
from studies.commands.output_folder import is_own, remedy
from studies.commands.request import Request
from studies.commands.saved_request import check_outside, last_request
from studies.commands.values import seeds_text
from studies.design.setup import CONFIGS, DEFAULTS
from studies.engine.checkpoints import Checkpoints
from studies.engine.folder_content import check_same_study, held_ids
from studies.engine.pool import notify
from studies.engine.queue import Queue
from studies.engine.scheduler import add_finished
from studies.engine.storage import default_url, open_storage
from studies.planning.plan import Plan
from studies.planning.restored_rows import read_rows, without_curves
from studies.planning.run_rows import TABLES, Rows

MOST_DIFFERENCES = 3
"""The most differences that a refusal names."""


@contextmanager
def open_queue(request: Request, plan: Plan, folder: Path, url: str | None) -> Iterator[tuple[Queue, dict[str, Rows]]]:
    """The queue of the request's study, with the rows of its finished runs by run id, those of the tables included.

    The folder is locked by the caller. `url` names the storage, None the folder's own. ConfigError or InputError before
    a storage, or a study in one, is created, if the folder holds runs that the plan leaves out.
    """
    other, own = remedy(request, folder), is_own(url, folder)
    in_tables = cache(partial(read_rows, folder, request.name, plan))

    def check_runs(finished: Mapping[str, Rows], earlier: Request | None) -> None:
        check_same_request(folder, request, plan, finished, earlier)
        check_curves(folder, plan, finished, other)

    def check_new() -> None:
        check_runs(in_tables() if held_ids(folder) else {}, None)

    with open_storage(url or default_url(folder), before_create=check_new) as storage:
        if own:
            check_same_study(folder, storage, request.name, remedy=other)
        if request.name not in {study.study_name for study in storage.get_all_studies()}:
            check_new()
        Checkpoints(folder)  # raises here what every worker would raise
        queue = Queue(storage, request.name, notify)
        check_outside(queue, plan, folder)
        finished = queue.finished_rows()
        restorable = in_tables() if held_ids(folder) - finished.keys() else {}
        earlier = last_request(storage, request.name, request.source) if own else None
        check_runs({**restorable, **finished}, earlier)
        if restorable:
            if restored := add_finished(queue, plan, restorable, origin_of(folder)):
                notify(f"{plural(restored, 'run')} restored from the tables of {folder}")
                for table in [table for table in TABLES if not has_table(folder, table)]:
                    notify(f"{table}.csv is not written, since the restored runs have no rows of it")
            finished = queue.finished_rows()
        yield queue, finished


def check_same_request(
    folder: Path, request: Request, planned: Plan, finished: Mapping[str, Rows], earlier: Request | None
) -> None:
    """InputError if the folder holds runs that the plan leaves out, or runs of another profile.

    They are the rows of runs.csv, and what `earlier` has finished, which is the last request in the folder's own
    storage. `finished` holds the rows of the storage by run id.
    """
    held = held_ids(folder)
    before = earlier.plan() if earlier else None
    if before:
        held |= {run.run_id for run in before.planned_runs(finished)} & finished.keys()
    part = provenance.read(folder).get("study") if held else None
    if part:
        settings, profile = part["settings"], part["profile"]
        device = "cuda" if part["machine"]["gpu"] else "cpu"
    elif earlier and before:
        settings, profile, device = settings_of(earlier.name, before, {}), earlier.profile, earlier.device
    else:
        settings, profile, device = {}, planned.profile, request.device
    left_out = held - {run.run_id for run in planned.planned_runs(finished)}
    if left_out or (held and profile != planned.profile):
        differences = [*_differences(settings, profile, device, request, planned)] if settings else []
        more = len(differences) - MOST_DIFFERENCES
        shown = [*differences[:MOST_DIFFERENCES], *([f"{more} more differences"] if more > 0 else [])]
        what = "; ".join(shown) or "they were made by other code"
        raise InputError(f"{folder} holds other runs of {request.name}: {what}; {remedy(request, folder)}")


def check_curves(folder: Path, plan: Plan, finished: Mapping[str, Rows], other: str) -> None:
    """InputError if further trials of an arm are planned, and its pruner lacks the curves of earlier ones, since these
    are restored. `other` is the other folder that the message offers."""
    if plan.tuning and without_curves(plan, finished):
        raise InputError(
            f"{folder}: its tuning runs are restored from tuning.csv, which has no learning curves, and the pruner "
            f"{plan.tuning.pruner} needs them for further trials; expected a finished tuning, with as many trials per "
            f"arm as before; {other}"
        )


def _differences(
    recorded: Mapping[str, Any], profile: str, device: str, request: Request, planned: Plan
) -> Iterator[str]:
    """What the folder has and the plan has not, in words. `recorded` are the settings of the provenance."""
    declared = settings_of(request.name, planned, {})
    profiles, ignored = planned.study.profiles, set[str]()
    for what, there, here in (("profile", profile, planned.profile), ("device", device, request.device)):
        if there != here:
            yield f"{what} {there} there, {here} here"
    if profile != planned.profile:  # what follows from it is not repeated
        ignored = {*profiles[planned.profile].training, *(profiles[profile].training if profile in profiles else ())}
        ignored -= request.settings.keys()
    pairs = [settings.get("task", {}).get("content", "") for settings in (recorded, declared)]
    if pairs[0] != pairs[1]:  # the lengths and letters follow from them
        yield "other pairs" if all(pairs) else f"pairs of your own {'there' if pairs[0] else 'here'} only"
        ignored |= {"task", *SIZES, *DERIVED}
    for part, config in CONFIGS.items():
        before, now = ({**DEFAULTS[part], **settings.get(part, {})} for settings in (recorded, declared))
        defaults = config()
        for name in dict.fromkeys([*before, *now]):
            # `to_dict` leaves out some settings at their defaults, such as the task.
            old, new = (side.get(name, getattr(defaults, name, None)) for side in (before, now))
            if name not in ignored and old != new:
                yield f"{name} {format_setting(old)} there, {format_setting(new)} here"
    yield from _at_levels(recorded, declared, ignored)
    arms = declared["arms"]
    if gone := [arm for arm in recorded["arms"] if arm not in arms]:
        yield f"without {', '.join(gone)} here"
    for name, settings in recorded["arms"].items():
        if name in arms and settings != arms[name]:
            yield f"arm {name} is {_words(settings)} there, {_words(arms[name])} here"
    for factor, levels in recorded["factors"].items():
        if left_out := [level for level in levels if level not in declared["factors"].get(factor, ())]:
            yield f"without {factor} {', '.join(map(format_setting, left_out))} here"
    if new := [factor for factor in declared["factors"] if factor not in recorded["factors"]]:
        yield f"{', '.join(new)} varied here"
    if seeds := sorted(set(recorded["seeds"]) - set(planned.seeds)):
        yield f"without seed{'s' * (len(seeds) > 1)} {seeds_text(seeds)} here"
    tunings = [
        {key: value for key, value in settings.get("tuning", {}).items() if key != "chosen"}
        for settings in (recorded, declared)
    ]
    if tunings[0] != tunings[1]:
        yield "another tuning"


def _at_levels(recorded: Mapping[str, Any], declared: Mapping[str, Any], ignored: Collection[str]) -> Iterator[str]:
    """The settings of the same levels that differ: those that a level brings, or that the command replaces."""
    now = {str(at["levels"]): at.get("settings", {}) for at in declared["at_levels"]}
    for at in recorded.get("at_levels", []):
        here = now.get(str(at["levels"]), {})
        for name, there in at.get("settings", {}).items():
            if name not in ignored and here.get(name, there) != there:
                where = ", ".join(f"{factor}={format_setting(level)}" for factor, level in at["levels"].items())
                yield f"at {where} {name} {format_setting(there)} there, {format_setting(here[name])} here"


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={format_setting(value)}" for name, value in settings.items()) or "the base"
