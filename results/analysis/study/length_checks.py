"""Checks of by_length.csv against the lengths that a study tests: which rows a run has, and how many sequences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis.study.factor_levels import split_levels
from results.analysis.study.longer_sources import test_lengths, trained_lengths
from results.errors import InputError
from results.tables.study_schema import LONGEST_OF_ALL, LONGEST_OF_EXACT


def check_lengths(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> None:
    """InputError if a run that is done lacks a test length, or has fewer sequences than another run of its arm."""
    if "by_length" not in tables:
        return
    done = tables["runs"].loc[tables["runs"]["status"] == "done", "run_id"]
    rows = tables["by_length"][tables["by_length"]["run_id"].isin(done)]
    for levels, group in split_levels(rows) if len(rows) else ():
        lengths = test_lengths(settings, levels)
        longest = _longest_drawn(settings, levels) if lengths else 0
        _check_rows(group, lengths, longest)
        _check_numbers(group, [length for length in lengths[1:] if length > LONGEST_OF_ALL], longest)


def _longest_drawn(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> float:
    """The longest source that the test set may have; a recipe may draw any."""
    return trained_lengths(settings, levels)[1] if settings.get("recipe", "plain") == "plain" else math.inf


def _check_rows(rows: pd.DataFrame, lengths: Sequence[int], longest: float) -> None:
    """A run has a row at each test length. Above `LONGEST_OF_EXACT` letters it may have none if it was exact on no
    string of the length before; the row of a length that the test set may have does not tell."""
    exact = rows[rows["length"].isin(lengths)].pivot_table("exact_match", "run_id", "length")
    for run_id in rows["run_id"].unique():
        of_run = exact.loc[run_id].dropna() if run_id in exact.index else pd.Series(dtype=float)
        for before, length in zip([None, *lengths], lengths, strict=False):
            needed = length <= LONGEST_OF_EXACT or before is None or (before > longest and of_run.get(before, 0) > 0)
            if needed and length not in of_run:
                raise InputError(
                    f"by_length.csv: no row of run {run_id} at {length:,} letters; expected one at each test length"
                )


def _check_numbers(rows: pd.DataFrame, varying: Sequence[int], longest: float) -> None:
    """The runs of an arm have equally many sequences, but for the lengths at which their number varies. If the test set
    may have one of these too, nothing is known: its lengths are drawn."""
    if varying and min(varying) <= longest:
        return
    for arm, of_arm in rows[~rows["length"].isin(varying)].groupby("arm", sort=False):
        numbers = of_arm.groupby("run_id", sort=False)["n"].sum()
        if numbers.min() < numbers.max():
            raise InputError(
                f"by_length.csv: {numbers.min()} sequences of run {numbers.idxmin()}; expected {numbers.max()}, as run "
                f"{numbers.idxmax()} of the arm {arm} has"
            )
