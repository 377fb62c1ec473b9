"""The steps of a full run, and the curves of runs that end earlier, because they are solved (`TrainConfig.stop_at`).

A run that is solved keeps the metrics of its last epoch up to its budget, so that means over epochs and over seeds are
of all runs. Its steps to 99% are known, so it is not censored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.analysis.study.factor_levels import comparable, split_levels
from results.tables.atomic_write import InputError


def stops_early(settings: Mapping[str, Any]) -> bool:
    """Whether a run of the study may end before its last epoch."""
    return "budgets" in settings


def step_budget(runs: pd.DataFrame, settings: Mapping[str, Any], levels: Mapping[str, Any]) -> float:
    """The training steps of a full run at these levels; nan if none of its runs has any.

    If no run may end early, the runs that are done have taken them all.
    """
    if not runs["steps"].notna().any():
        return math.nan
    if not stops_early(settings):
        return float(runs["steps"].max())
    epochs, steps_per_epoch = _budget(settings, levels)
    return float(epochs * steps_per_epoch)


def carry_forward(convergence: pd.DataFrame, runs: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """convergence.csv, in which a run that is solved has rows up to its last planned epoch, equal to its last one.

    Raises InputError if the provenance lacks the budget of a run.
    """
    if not stops_early(settings):
        return convergence
    done = convergence["run_id"].isin(runs.loc[runs["status"] == "done", "run_id"])
    ends = done & (convergence.groupby("run_id")["step"].transform("max") == convergence["step"])
    return pd.concat(
        [_carried(rows, ends[rows.index], *_budget(settings, levels)) for levels, rows in split_levels(convergence)],
        ignore_index=True,
    )


def _carried(rows: pd.DataFrame, ends: pd.Series[bool], epochs: int, steps_per_epoch: int) -> pd.DataFrame:
    """`ends`: whether a row is the last one of a run that is done."""
    left = epochs - rows["step"] // steps_per_epoch
    carried = rows.loc[rows.index.repeat(1 + left * ends)]
    place = carried.groupby(level=0).cumcount()
    return carried.assign(epoch=carried["epoch"] + place, step=carried["step"] + place * steps_per_epoch)


def _budget(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> tuple[int, int]:
    """The epochs of a full run at these levels, and the steps of an epoch."""
    wanted = {name: comparable(level) for name, level in levels.items()}
    for budget in settings["budgets"]:
        if {name: comparable(level) for name, level in budget["levels"].items()} == wanted:
            return budget["epochs"], budget["steps_per_epoch"]
    named = ", ".join(f"{name} = {level}" for name, level in levels.items()) or "the study"
    raise InputError(f"provenance.json: parts.study.settings.budgets lacks {named}; expected a budget for each level")
