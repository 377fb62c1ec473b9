"""What `python -m studies list | show | run` does, once the words on the command line are understood.

Each command returns its exit status. Whatever a user can put right is a ConfigError or an InputError, raised before
any work.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from results.records import prepare_folder
from seq2seq_core.device import check_device
from studies import catalog, crew
from studies.export import export_tables, record_provenance
from studies.planner import Plan, plan
from studies.queue import Queue
from studies.storage import check_owner, check_rows_have_storage, lock, open_storage

INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended, as shells have it: 128 and the signal's number."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which study, how much of it, and with what in place of its own settings."""

    name: str
    profile: str
    seeds: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"

    def plan(self) -> Plan:
        return plan(catalog.load(self.name), self.profile, seeds=self.seeds, settings=self.settings, device=self.device)


def list_studies() -> int:
    """Prints each study's name and question."""
    names = catalog.names()
    for name in names:
        print(f"{name:{max(map(len, names))}}  {catalog.load(name).question}")
    return 0


def show(request: Request) -> int:
    """Prints what a study asks, what it compares, and how many runs that makes."""
    planned = request.plan()
    study = planned.study
    sizes = [(len(study.arms), "arms"), *((len(levels), name) for name, levels in planned.factors.items())]
    product = " x ".join(f"{count} {what}" for count, what in [*sizes, (len(planned.seeds), "seeds")])
    print(f"{request.name}: {study.question}\n")
    print(f"profile   {planned.profile}")
    for line, (name, arm) in enumerate(study.arms.items()):
        baseline = "  (the baseline)" if name == study.baseline else ""
        print(f"{'' if line else 'arms':10}{name:10}{_settings(arm.overrides)}{baseline}")
    factors = [f"{name}: {', '.join(map(_value, levels))}" for name, levels in planned.factors.items()]
    print(f"factors   {'; '.join(factors) or 'none'}")
    print(f"seeds     {', '.join(map(str, planned.seeds))}")
    print(f"primary   {study.primary}")
    print(f"model     {_settings(planned.setup.model.to_dict())}")
    print(f"task      {_settings(planned.setup.task.to_dict())}")
    print(f"training  {_settings(planned.setup.training.to_dict())}")
    print(f"runs      {product} = {len(planned.runs)}")
    return 0


def run(request: Request, *, folder: Path, workers: int | None, command: Sequence[str], again: Sequence[str]) -> int:
    """Does what is left of a study, and puts its tables, provenance and report into the folder.

    `workers` is a number of processes, or None for what suits the device. `command` goes into the provenance; `again`
    is what the user would type to go on after an interruption.
    """
    planned = request.plan()
    check_device(request.device)
    check_rows_have_storage(folder)
    prepare_folder(folder)
    with lock(folder):
        storage = open_storage(folder)
        check_owner(folder, storage, request.name)
        queue = Queue(storage, request.name)
        queue.enqueue(planned.runs)
        interrupted = False
        try:
            crew.employ(queue, folder, request.name, planned.runs, workers or _default_workers(request.device))
        except KeyboardInterrupt:
            interrupted = True
        trials = queue.settled()
        export_tables(folder, request.name, planned.runs, trials)
        record_provenance(folder, request.name, planned, trials, command=command, device=request.device)
        statuses = [
            trials[run.run_id].user_attrs["rows"]["runs"][0]["status"] for run in planned.runs if run.run_id in trials
        ]
        counts = ", ".join(f"{statuses.count(status)} {status}" for status in ("done", "diverged", "failed"))
        print(f"{request.name}: {len(planned.runs)} runs, {counts}")
        if len(statuses) < len(planned.runs):
            why = "interrupted" if interrupted else "the workers died"
            print(f"retrograde: {why}; what is finished is kept; to go on: {shlex.join(again)}", file=sys.stderr)
            return INTERRUPTED if interrupted else 1

        from results.report import build  # drawing takes seconds to import; refusals do without it

        print(f"report: {build(folder)}")
    return 1 if "failed" in statuses else 0


def _default_workers(device: str) -> int:
    """One a usable core; one on a GPU, which runs would only share."""
    if device == "cuda":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in settings.items())


def _value(value: Any) -> str:
    """A setting's value as it is spelt after --set."""
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
