"""From the storage to the folder: the tables in the plan's order, and the provenance.

The tables are made from the storage alone, so they are the same bit for bit however many workers there were and
however often they were cut off; only `seconds`, which is a time, is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from optuna.trial import FrozenTrial

from results.tables import provenance
from results.tables.csv_io import write_table
from results.tables.table_file import remove_table
from seq2seq_core.config.task import DEFAULT_TASK
from studies.design.tuning import FIRST_SEED
from studies.engine.queue import run_id
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of, value_of
from studies.recipes.registry import RECIPES

TABLES = ("runs", "convergence", "by_length", "alignments", "mean_alignments")
"""Those of the reported runs; the tuning runs have one of their own."""


def export_tables(folder: Path, name: str, plan: Plan, settled: Mapping[str, Rows]) -> None:
    """Writes the tables of the plan's runs that are settled; `settled` holds the rows of settled runs by id."""
    reported = [run for run in plan.known(settled) if run.trial is None and run.run_id in settled]
    examples = _example_runs(reported, settled)
    for table in TABLES:
        study = {"study": name} if table == "runs" else {}
        runs = examples if table == "alignments" else reported
        rows = [{**study, **_identity(run), **row} for run in runs for row in settled[run.run_id][table]]
        if table == "runs":  # one that came to nothing has no figures of the study's own either
            rows = [{**row, **{key: row.get(key) for key in RECIPES[plan.study.recipe].measures}} for row in rows]
        if table == "convergence":
            shift = plan.study.first_epoch - 1
            rows = [{**row, "epoch": row["epoch"] + shift} for row in rows]
        write_table(folder, table, rows)
    if plan.tuning:
        write_table(folder, "tuning", _tuning_rows(plan, settled))
    else:
        remove_table(folder, "tuning")  # of a time when the study was tuned


def record_provenance(
    folder: Path,
    name: str,
    plan: Plan,
    settled: Mapping[str, Rows],
    trials: Sequence[FrozenTrial],
    *,
    command: Sequence[str],
    device: str,
) -> bool:
    """Writes the part "study", begun when the plan's first run was; one that says the same is left as it was, and the
    answer is False."""
    runs = {run.run_id for run in plan.known(settled)} & settled.keys()
    mine = [trial for trial in trials if run_id(trial) in runs]
    hosts = {trial.user_attrs["worker"]["host"] for trial in mine if "worker" in trial.user_attrs}
    settings = {**settings_of(name, plan, settled), "settled_runs": len(runs), "machines": len(hosts)}
    if provenance.read(folder).get("study", {}).get("settings") == settings:
        return False
    begun = [trial.datetime_start.astimezone() for trial in mine if trial.datetime_start]
    provenance.record(
        folder,
        "study",
        command=command,
        profile=plan.profile,
        threads=1,
        gpu=torch.cuda.get_device_name() if device == "cuda" else None,
        started=min(begun, default=datetime.now(UTC)),
        settings=settings,
    )
    return True


def settings_of(name: str, plan: Plan, settled: Mapping[str, Rows]) -> dict[str, Any]:
    """What the plan's metrics come from, as plain JSON. `expected_alignments` is in it if a run has another task than
    the default, `tuning` if the study is tuned."""
    settings = {
        "name": name,
        "question": plan.study.question,
        "baseline": plan.study.baseline,
        "arms": {
            arm_name: {**arm.overrides, "slips": list(arm.slips)} if arm.slips else dict(arm.overrides)
            for arm_name, arm in plan.study.arms.items()
        },
        "factors": {factor: list(levels) for factor, levels in plan.factors.items()},
        "seeds": list(plan.seeds),
        "primary": plan.study.primary,
        "contrasts": [asdict(contrast) for contrast in plan.study.contrasts],
        "switches": [asdict(switch) for switch in plan.study.switches],
        "published": [asdict(point) for point in plan.study.published],
        "model": plan.setup.model.to_dict(),
        "task": plan.setup.task.to_dict(),
        "training": plan.setup.training.to_dict(),
    }
    tasks = {(task.task, task.max_length): task for task in (variant.setup.task for variant in plan.variants)}
    if any(name != DEFAULT_TASK for name, _ in tasks):
        settings["expected_alignments"] = [
            {"task": name, "length": length, "positions": task.definition.expected_alignment(length)}
            for (name, length), task in tasks.items()
        ]
    if plan.tuning is None:
        return settings
    tuning = {
        **plan.tuning.to_dict(),
        "seeds": list(range(FIRST_SEED, FIRST_SEED + plan.tuning.seeds)),
        "trials_per_arm": plan.tuning.trials_per_arm,
        "rule": plan.tuning.rule(plan.study.primary),
        "chosen": [
            {"arm": variant.arm, "levels": dict(variant.levels), "settings": dict(best.settings) if best else None}
            for variant, (_, best) in zip(plan.variants, plan.tuned(settled), strict=True)
        ],
    }
    return {**settings, "tuning": tuning}


def _example_runs(runs: Sequence[Run], settled: Mapping[str, Rows]) -> list[Run]:
    """The runs whose example attention the report draws: of each arm and combination of levels, the lowest seed with
    rows. Every run's example would be most of a study's rows."""
    first: dict[tuple[object, ...], str] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if settled[run.run_id]["alignments"]:
            first.setdefault((run.arm, *run.levels.items()), run.run_id)
    return [run for run in runs if run.run_id in first.values()]


def _identity(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "arm": run.arm, **run.levels, "seed": run.seed}


def _tuning_rows(plan: Plan, settled: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """One row a settled run, chain by chain."""
    return [
        {
            **_identity(run),
            "trial": number,
            **tried.settings,
            "status": status_of(settled[run.run_id]),
            "outcome": tried.past.outcome if tried.past else "unfinished",
            "chosen": int(tried is best),
            "reason": settled[run.run_id]["runs"][0]["reason"],
            "epochs": len(settled[run.run_id]["convergence"]),
            "seconds": settled[run.run_id]["runs"][0]["seconds"],
            "value": value_of(plan.study.primary, settled[run.run_id]),
        }
        for chain, best in plan.tuned(settled)
        for number, tried in enumerate(chain)
        for run in tried.runs
        if run.run_id in settled
    ]
