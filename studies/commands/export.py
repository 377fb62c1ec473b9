"""Writes tables and provenance from the storage into the output folder.

The tables depend on the storage and the plan alone. So they are the same bit for bit for any number of workers and
interruptions, except for the column `seconds`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from results.tables import provenance
from results.tables.csv_io import write_table
from results.tables.table_file import remove_table
from seq2seq_core.config import TrainConfig
from seq2seq_core.config.task import DEFAULT_TASK
from seq2seq_core.data import PairData
from studies.design.comparisons import Decision, Published
from studies.design.tuning import FIRST_SEED
from studies.engine.queue import run_id
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import TABLES, Rows, epochs_of, status_of, trial_value
from studies.recipes.registry import RECIPES


def export_tables(folder: Path, name: str, plan: Plan, finished: Mapping[str, Rows]) -> None:
    """Writes the tables of the finished runs of a plan. `finished` holds the rows of finished runs by id."""
    reported = [run for run in plan.planned_runs(finished) if run.trial is None and run.run_id in finished]
    examples = _example_runs(reported, finished)
    for table in TABLES:
        study = {"study": name} if table == "runs" else {}
        if any(table not in finished[run.run_id] for run in reported):  # restored runs; a table has all or none
            remove_table(folder, table)
            continue
        runs = examples if table == "alignments" else reported
        rows = [{**study, **_identity(run), **row} for run in runs for row in finished[run.run_id][table]]
        if table == "runs":  # runs without metrics have empty cells for the recipe's extra metrics too
            rows = [{**row, **{key: row.get(key) for key in plan.study.extra_metrics}} for row in rows]
        if table == "convergence":
            shift = plan.study.first_epoch - 1
            rows = [{**row, "epoch": row["epoch"] + shift} for row in rows]
        write_table(folder, table, rows)
    if plan.tuning:
        write_table(folder, "tuning", _tuning_rows(plan, finished))
    else:
        remove_table(folder, "tuning")  # from when the study was tuned


def record_provenance(
    folder: Path,
    name: str,
    plan: Plan,
    finished: Mapping[str, Rows],
    trials: Sequence[FrozenTrial],
    *,
    command: Sequence[str],
    device: str,
    noise: Mapping[str, float | None] | None,
) -> bool:
    """Writes the part "study" of the provenance, which starts with the first run of the plan.

    Returns False, and leaves the part as it is, if its settings are unchanged; those that `describe` has updated are.
    `noise` is None if the command has trained no run: then what the part says of the measurement stays, if the runs are
    the same. A machine counts twice if it has trained runs both before and after they were restored from the tables.
    """
    runs = {run.run_id for run in plan.planned_runs(finished)} & finished.keys()
    own = [trial for trial in trials if run_id(trial) in runs]
    elsewhere = [trial.user_attrs["origin"] for trial in own if "origin" in trial.user_attrs]
    workers = [trial.user_attrs["worker"] for trial in own if "worker" in trial.user_attrs]
    hosts = {worker["host"] for worker in workers}
    processors = {worker["processor"] for worker in workers if worker.get("processor")}
    processors.update(processor for origin in elsewhere for processor in origin["processors"])
    gpus = {worker["gpu"] for worker in workers if worker.get("gpu")}
    gpus.update(gpu for origin in elsewhere if origin.get("gpu") for gpu in origin["gpu"].split(" and "))
    settings = {
        **settings_of(name, plan, finished),
        "settled_runs": len(runs),
        "machines": len(hosts) + max((origin["machines"] for origin in elsewhere), default=0),
        **({"processors": sorted(processors)} if processors else {}),
    }
    recorded = provenance.read(folder).get("study", {}).get("settings", {})
    if {key: value for key, value in recorded.items() if key != "described"} == settings:
        return False
    if noise is None and recorded.get("settled_runs") == len(runs):
        described = {key: recorded[key] for key in ("described",) if key in recorded}
        provenance.change_settings(folder, "study", {**settings, **described})
        return True
    # The time that Optuna records is that of the clock on the wall of another machine.
    started = [datetime.fromisoformat(worker["since"]) for worker in workers]
    started += [datetime.fromisoformat(origin["started"]) for origin in elsewhere]
    provenance.record(
        folder,
        "study",
        command=command,
        profile=plan.profile,
        threads=1,
        gpu=(" and ".join(sorted(gpus)) or "unknown") if device == "cuda" else None,
        started=min(started, default=datetime.now(UTC)),
        settings=settings,
        noise=noise,
    )
    return True


def origin_of(folder: Path) -> dict[str, Any]:
    """What `record_provenance` needs to know of the runs in the folder's tables if they are restored from there."""
    part = provenance.read(folder)["study"]
    settings = part["settings"]
    return {
        "started": part["started"],
        "machines": settings.get("machines", 1),
        "processors": settings.get("processors", []),
        "gpu": part["machine"]["gpu"],
    }


def settings_of(name: str, plan: Plan, finished: Mapping[str, Rows]) -> dict[str, Any]:
    """The settings behind the plan's metrics, as plain JSON, which has lists and no tuples.

    It has the key `expected_alignments` if a run has another task than the default, `changed` if the user's settings
    change the model, `data` if the task is `pairs`, and `tuning` if the study is tuned.
    """
    settings = {
        "name": name,
        "question": plan.study.question,
        "baseline": plan.study.baseline,
        "arms": {arm_name: arm.to_dict() for arm_name, arm in plan.study.arms.items()},
        "factors": {factor: list(levels) for factor, levels in plan.factors.items()},
        "seeds": list(plan.seeds),
        "primary": plan.study.primary,
        "contrasts": [asdict(contrast) for contrast in plan.study.contrasts],
        "switches": [asdict(switch) for switch in plan.study.switches],
        "published": [
            {**asdict(point), "comparable": _is_comparable(point, plan)}
            for point in plan.study.published
            if all(level in plan.factors.get(factor, ()) for factor, level in point.levels.items())
        ],
        **({"differences": list(plan.study.differences)} if plan.study.differences else {}),
        **({"decision": _decision(plan.study.decision)} if plan.study.decision else {}),
        "model": plan.setup.model.to_dict(),
        "task": plan.setup.task.to_dict(),
        "training": plan.setup.training.to_dict(),
        "recipe": plan.setup.recipe,
        **({"changed": changed} if (changed := _changed(plan)) else {}),
        **({"stops": stops} if (stops := RECIPES[plan.study.recipe].stops) else {}),
        "at_levels": _at_levels(plan),
        **({"code": plan.outside} if plan.outside else {}),
        **({"data": [_data(data, plan.setup.training) for data in plan.data]} if plan.data else {}),
    }
    tasks = {(task.task, task.max_length): task for task in (variant.setup.task for variant in plan.variants)}
    if any(name != DEFAULT_TASK for name, _ in tasks):
        settings["expected_alignments"] = [
            {"task": name, "length": length, "positions": task.definition.expected_alignment(length)}
            for (name, length), task in tasks.items()
        ]
    if plan.tuning is None:
        return _plain(settings)
    tuning = {
        **plan.tuning.to_dict(),
        "seeds": list(range(FIRST_SEED, FIRST_SEED + plan.tuning.seeds)),
        "trials_per_arm": plan.tuning.trials_per_arm,
        "rule": plan.tuning.rule(plan.study.primary),
        "chosen": [
            {"arm": variant.arm, "levels": dict(variant.levels), "settings": dict(best.settings) if best else None}
            for variant, (_, best) in zip(plan.variants, plan.tuning_trials(finished), strict=True)
        ],
    }
    return _plain({**settings, "tuning": tuning})


def _changed(plan: Plan) -> dict[str, Any]:
    """The settings of the model of all arms that are not those of the study."""
    declared = plan.study.base.to_dict()
    return {name: value for name, value in plan.setup.model.to_dict().items() if value != declared[name]}


def _at_levels(plan: Plan) -> list[dict[str, Any]]:
    """What all arms have in common at a combination of levels: the training of a full run, the lengths of its sources,
    and the settings that the levels bring, where there are any."""
    return [
        {
            "levels": levels,
            **({"settings": settings} if settings else {}),
            **{name: getattr(setup.training, name) for name in ("epochs", "steps_per_epoch", "stop_at")},
            "shortest_source": setup.task.min_length,
            "longest_source": setup.task.max_length,
        }
        for levels, setup, settings in plan.at_levels
    ]


def _is_comparable(point: Published, plan: Plan) -> bool:
    """Whether the runs are trained as a published value asks: with the declared settings, and at least to the end of
    the declared training, or for a value after an epoch, in epochs of the same examples. The number of parameters does
    not depend on the training, and no value on the sizes of the evaluation and test sets."""
    declared, planned = plan.study.training, plan.setup.training
    if (plan.setup.model, plan.setup.task) != (plan.study.base, plan.study.task):
        return False
    if point.metric == "parameters":
        return True
    length, sizes = ("epochs", "steps_per_epoch", "batch_size"), ("evaluation_size", "test_size", "test_lengths")
    if planned.replace({name: getattr(declared, name) for name in (*length, *sizes)}) != declared:
        return False
    if point.epoch is not None:
        return all(getattr(planned, name) == getattr(declared, name) for name in length[1:])
    return all(getattr(planned, name) >= getattr(declared, name) for name in length)


def _data(data: PairData, training: TrainConfig) -> dict[str, Any]:
    """What the data is, and how many pairs each evaluation and the test use."""
    sizes = {"evaluation": training.evaluation_size, "test": training.test_size}
    return {
        **data.summary(),
        "used": {name: min(size, len(data.sets[name])) for name, size in sizes.items()},
    }


def _decision(decision: Decision) -> dict[str, Any]:
    """Without `left_out` if nothing is."""
    return {name: value for name, value in asdict(decision).items() if value or name != "left_out"}


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return plain


def _example_runs(runs: Sequence[Run], finished: Mapping[str, Rows]) -> list[Run]:
    """The runs whose example attention the report draws: of each arm and combination of levels, the lowest seed with
    rows. Every run's example would be most of a study's rows."""
    first: dict[tuple[object, ...], str] = {}
    for run in sorted(runs, key=lambda run: run.seed):
        if finished[run.run_id].get("alignments"):
            first.setdefault((run.variant.arm, *run.variant.levels.items()), run.run_id)
    return [run for run in runs if run.run_id in first.values()]


def _identity(run: Run) -> dict[str, Any]:
    return {"run_id": run.run_id, "arm": run.variant.arm, **run.variant.levels, "seed": run.seed}


def _tuning_rows(plan: Plan, finished: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """One row per finished tuning run, variant by variant."""
    return [
        {
            **_identity(run),
            "trial": number,
            **trial.settings,
            "status": status_of(finished[run.run_id]),
            "outcome": trial.result.outcome if trial.result else "unfinished",
            "chosen": int(trial is best),
            "reason": finished[run.run_id]["runs"][0]["reason"],
            "epochs": epochs_of(finished[run.run_id]),
            "seconds": finished[run.run_id]["runs"][0]["seconds"],
            "value": trial_value(plan.study.primary, finished[run.run_id], run.setup.training.epochs),
        }
        for trials, best in plan.tuning_trials(finished)
        for number, trial in enumerate(trials)
        for run in trial.runs
        if run.run_id in finished
    ]
