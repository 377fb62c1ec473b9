"""From the storage to the folder: the tables in the plan's order, and the provenance.

The tables are made from the storage alone, so they are the same bit for bit however many workers there were and
however often they were cut off; only `seconds`, which is a time, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from optuna.trial import FrozenTrial

from results import provenance
from results.records import write_table
from studies.planner import Plan, Run

TABLES = ("runs", "convergence", "by_length", "alignments")


def export_tables(folder: Path, name: str, runs: Sequence[Run], trials: Mapping[str, FrozenTrial]) -> None:
    """Writes the tables of those runs that are settled, in the order of `runs`."""
    settled = [(run, trials[run.run_id].user_attrs["rows"]) for run in runs if run.run_id in trials]
    for table in TABLES:
        study = {"study": name} if table == "runs" else {}
        rows = [{**study, **_identity(run), **row} for run, tables in settled for row in tables[table]]
        write_table(folder, table, rows)


def record_provenance(
    folder: Path, name: str, plan: Plan, trials: Mapping[str, FrozenTrial], *, command: Sequence[str], device: str
) -> None:
    """Writes the part "study", begun when the plan's first run was; one that says the same is left as it was."""
    mine = [trials[run.run_id] for run in plan.runs if run.run_id in trials]
    settings = {**settings_of(name, plan), "settled_runs": len(mine)}
    if provenance.read(folder).get("study", {}).get("settings") == settings:
        return
    provenance.record(
        folder,
        "study",
        command=command,
        profile=plan.profile,
        threads=1,
        gpu=torch.cuda.get_device_name() if device == "cuda" else None,
        started=min(
            (trial.datetime_start.astimezone() for trial in mine if trial.datetime_start), default=datetime.now(UTC)
        ),
        settings=settings,
    )


def settings_of(name: str, plan: Plan) -> dict[str, Any]:
    """What the plan's figures come from, as plain JSON."""
    return {
        "name": name,
        "question": plan.study.question,
        "baseline": plan.study.baseline,
        "arms": {arm: dict(plan.study.arms[arm].overrides) for arm in plan.study.arms},
        "factors": {factor: list(levels) for factor, levels in plan.factors.items()},
        "seeds": list(plan.seeds),
        "primary": plan.study.primary,
        "model": plan.setup.model.to_dict(),
        "task": plan.setup.task.to_dict(),
        "training": plan.setup.training.to_dict(),
    }


def _identity(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "arm": run.arm, **run.levels, "seed": run.seed}
