"""The steps of a full run, and the curves of runs that end earlier, because they are solved (`TrainConfig.stop_at`).

A run that is solved keeps the metrics of its last epoch up to its budget, so that means over epochs and over seeds are
of all runs. Its steps to 99% are known, so it is not censored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.analysis.study.factor_levels import comparable, label, split_levels
from results.errors import InputError


def stops_early(settings: Mapping[str, Any]) -> bool:
    """Whether a run of the study may end before its last epoch."""
    return any(at["stop_at"] is not None for at in settings.get("at_levels", []))


def step_budget(runs: pd.DataFrame, settings: Mapping[str, Any], levels: Mapping[str, Any]) -> float:
    """The training steps of a full run at these levels; nan if none of its runs has any.

    Provenance of an earlier version has no budgets. No run of it ends early, so the runs that are done have taken all
    steps.
    """
    if not runs["steps"].notna().any():
        return math.nan
    if "at_levels" not in settings:
        return float(runs["steps"].max())
    at = settings_at(settings, levels)
    return float(at["epochs"] * at["steps_per_epoch"])


def with_budget(runs: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """runs.csv, in which a run that is done has the steps of a full run."""
    if not stops_early(settings):
        return runs
    done = [
        rows.assign(steps=rows["steps"].where(rows["status"] != "done", step_budget(rows, settings, levels)))
        for levels, rows in split_levels(runs)
    ]
    return pd.concat(done).loc[runs.index]


def carry_forward(convergence: pd.DataFrame, runs: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """convergence.csv, in which a run that is solved has rows up to its last planned epoch, equal to its last one.

    Raises InputError if the provenance lacks the budget of a run.
    """
    if not stops_early(settings):
        return convergence
    done = convergence["run_id"].isin(runs.loc[runs["status"] == "done", "run_id"])
    ends = done & (convergence.groupby("run_id")["step"].transform("max") == convergence["step"])
    return pd.concat(
        [_carried(rows, ends[rows.index], settings_at(settings, levels)) for levels, rows in split_levels(convergence)],
        ignore_index=True,
    )


def settings_at(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> Mapping[str, Any]:
    """What all arms have in common at these levels. Raises InputError if the provenance lacks it."""
    wanted = {name: comparable(level) for name, level in levels.items()}
    for at in settings["at_levels"]:
        if {name: comparable(level) for name, level in at["levels"].items()} == wanted:
            return dict(at)
    raise InputError(
        f"provenance.json: parts.study.settings.at_levels lacks {label(levels) or 'the study'}; expected an entry for "
        "each combination of levels"
    )


def _carried(rows: pd.DataFrame, ends: pd.Series[bool], at: Mapping[str, Any]) -> pd.DataFrame:
    """`ends`: whether a row is the last one of a run that is done."""
    left = at["epochs"] - rows["step"] // at["steps_per_epoch"]
    carried = rows.loc[rows.index.repeat(1 + left * ends)]
    place = carried.groupby(level=0).cumcount()
    return carried.assign(epoch=carried["epoch"] + place, step=carried["step"] + place * at["steps_per_epoch"])
