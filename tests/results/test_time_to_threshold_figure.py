"""The figure of the time to threshold, read from the figure: the fraction of all runs, also of those that diverged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from edited_folders import copied, edit
from synthetic_rows import write_study

from results import figures
from results.analysis.study.seed_curves import Curves
from results.figures.arm_panels import plan_panels
from results.report.build import build
from results.tables.csv_io import write_table

NONE = float("nan")


def runs(**arms):
    """Arm -> its runs as (epochs, status, steps, steps to 99%)."""
    rows = [
        {"arm": arm, "epochs": epochs, "seed": seed, "status": status, "steps": steps, "steps_to_99": first}
        for arm, of_arm in arms.items()
        for seed, (epochs, status, steps, first) in enumerate(of_arm)
    ]
    table = pd.DataFrame(rows).astype({"steps": "Int64", "steps_to_99": "Int64"})
    return Curves(table, "steps", "steps_to_99", pd.DataFrame({"arm": [], "epochs": []}))


def drawing(found):
    return figures.time_to_threshold_curves(found, plan_panels(found.runs, [("b", "a")]), log=False)


def drawn(ax):
    """The step curve, the markers and the crosses of a panel with one arm, as points."""
    curve, marks, *crosses = (list(map(tuple, np.transpose(line.get_data()).tolist())) for line in ax.lines)
    return curve, marks, crosses[0] if crosses else []


def test_a_run_that_diverged_early_counts_as_not_having_reached_the_threshold():
    """Kaplan-Meier would end at 1: it takes the diverged run out of those that could arrive."""
    found = runs(a=[(2, "done", 300, 100), (2, "diverged", 150, NONE), (2, "done", 300, 200), (2, "done", 300, 250)])
    (ax,) = drawing(found).axes
    curve, marks, crosses = drawn(ax)
    assert marks == [(100, 0.25), (200, 0.5), (250, 0.75)]
    assert curve == [(0, 0), *marks, (300, 0.75)]
    assert crosses == [(150, 0.25)]


def test_a_run_that_diverged_after_the_threshold_has_a_marker_and_a_cross():
    found = runs(a=[(2, "diverged", 150, 100), (2, "done", 300, NONE)])
    (ax,) = drawing(found).axes
    assert drawn(ax) == ([(0, 0), (100, 0.5), (300, 0.5)], [(100, 0.5)], [(150, 0.5)])


def test_each_panel_ends_with_the_steps_that_its_runs_have():
    found = runs(a=[(1, "done", 100, 50), (2, "done", 200, NONE)])
    short, long = drawing(found).axes
    assert drawn(short)[0] == [(0, 0), (50, 1), (100, 1)]
    assert drawn(long)[0] == [(0, 0), (200, 0)]


def test_an_arm_without_a_run_in_a_panel_is_not_drawn_at_zero_there():
    found = runs(a=[(1, "done", 100, 50), (2, "done", 200, NONE)], b=[(2, "done", 200, 150)])
    short, long = drawing(found).axes
    assert (len(short.lines), len(long.lines)) == (2, 4)


@pytest.mark.parametrize(("status", "diverged"), [("failed", False), ("diverged", True)])
def test_a_study_without_a_done_run_has_a_report_and_the_figure_only_if_a_run_diverged(tmp_path, status, diverged):
    write_study(tmp_path / "whole", levels=(7,), seeds=2)
    folder = copied(tmp_path / "whole", tmp_path / "none")
    nothing = dict.fromkeys(("levenshtein_accuracy", "exact_match", "anti_diagonal", "steps_to_99"), "")
    nothing |= {"steps": ""} if status == "failed" else {}
    edit(folder, "runs", lambda rows: [{**row, "status": status, **nothing} for row in rows])
    for name in ("convergence", "by_length", "alignments", "mean_alignments"):
        write_table(folder, name, [])
    text = build(folder).with_suffix(".md").read_text()
    assert f"8 planned, 0 done, {8 * diverged} diverged, {8 * (not diverged)} failed, 0 missing" in text
    assert ("cross: a run diverges" in text) is diverged
    assert (folder / "figures" / "time_to_threshold.svg").exists() is diverged
