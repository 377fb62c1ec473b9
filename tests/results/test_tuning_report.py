"""The report of a tuned study shows the budget and the choice of each arm, and the trials near the best."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from synthetic_rows import write_study
from synthetic_tuning import BEST, RATES, tuning_rows, write_tuned_study

from results import figures
from results.analysis.study.tuning import at_an_end, summarise_tuning, trials_of
from results.errors import InputError
from results.figures.arm_panels import plan_panels
from results.figures.style import line_styles
from results.report.build import build
from results.report.study.tuning import _same_values, tuned_sentence
from results.tables.csv_io import read_table, write_table

SPACE = {"learning_rate": {"attributes": {"low": 1e-4, "high": 0.1, "log": True}}}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    write_tuned_study(folder)
    build(folder)
    return folder


def without_pictures(folder: Path) -> None:
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        (folder / f"{table}.csv").unlink()


def test_the_report_describes_the_tuning_of_the_arms(built: Path) -> None:
    text = (built / "report.md").read_text()
    assert "\n\nTuned: each arm chose its own learning_rate" in text
    assert "Not tuned" not in text
    assert "8 trials at each combination of levels, each trained with the seeds 1000000 to 1000001" in text
    assert "learning_rate from 0.0001 to 0.1 on a logarithmic scale. Sampler: tpe; pruner: median." in text
    assert "Chosen: the one with the highest value." in text


def test_the_budget_counts_trials_and_epochs_and_not_runs(built: Path) -> None:
    text = (built / "report.md").read_text()
    assert "| 14 | dot | 6 | 1 | 1 | 0 | 192 |" in text  # 6 x 2 x 14 epochs, 5 until pruned, 14 + 5 until diverged


def test_the_report_shows_the_chosen_settings_and_equally_good_ones(built: Path) -> None:
    text = (built / "report.md").read_text()
    rows = pd.DataFrame(tuning_rows()).query("arm == 'dot' and max_length == 7 and outcome == 'done'")
    values = rows.groupby("learning_rate")["value"].mean()
    near = values[values >= values.max() - 0.01]
    assert near.size == 2
    assert f"| 7 | dot | 0.01408 | {values.max():.4f} | 2 of 6 | {near.index.min()} to {near.index.max()} |" in text


def test_equal_values_of_all_arms_are_named() -> None:
    trials = pd.DataFrame(tuning_rows((7,)))
    arms = summarise_tuning(trials_of(trials), {"arms": dict.fromkeys(BEST)})
    assert _same_values(arms, SPACE) == [
        "All arms tried the same values of learning_rate: 0.000147, 0.000848, 0.00206, 0.00331, 0.00637, 0.0141, "
        "0.0239 and 0.0905."
    ]
    one = arms[0].trials.replace({"learning_rate": {RATES[0]: 0.05}})
    assert _same_values([replace(arms[0], trials=one), *arms[1:]], SPACE) == []


def test_a_choice_at_the_end_of_its_range_is_reported(built: Path) -> None:
    (caution,) = [line for line in (built / "report.md").read_text().splitlines() if "end of its range" in line]
    assert "additive at max_length = 7 (learning_rate = 0.09046)" in caution
    assert "dot" not in caution


@pytest.mark.parametrize(
    ("value", "log", "end"),
    [(0.0001, True, True), (0.09046, True, True), (0.06, True, False), (0.06, False, False), (0.0009, False, True)],
)
def test_the_end_of_a_range_is_measured_on_the_scale_of_the_figure(value: float, log: bool, end: bool) -> None:
    assert at_an_end(value, {"low": 1e-4, "high": 0.1, "log": log}) == end
    assert not at_an_end("lstm", {"choices": ["gru", "lstm"]})


def test_the_figure_shows_the_outcome_of_every_trial(built: Path) -> None:
    trials = trials_of(read_table(built, "tuning"))
    low, high = figures.tuning_values(trials, SPACE, plan_panels(trials, [])).axes
    assert [ax.get_title() for ax in (low, high)] == ["max_length = 7", "max_length = 14"]
    assert low.get_xscale() == "log"
    assert low.get_xlim()[0] < 1e-4
    assert low.get_xlim()[1] > 0.1
    mine = trials[(trials["arm"] == "dot") & (trials["max_length"] == 14)]
    drawn = [line for line in high.lines if to_hex(line.get_color()) == line_styles(["dot"])["dot"].color.lower()]
    marks = [line for line in drawn if line.get_linestyle() == "None"]
    filled, hollow, cross, ring = sorted(marks, key=lambda line: -len(line.get_xdata()))
    assert sorted(filled.get_xdata()) == sorted(mine.loc[mine["outcome"] == "done", "learning_rate"])
    assert (list(hollow.get_xdata()), hollow.get_markerfacecolor()) == ([0.0001474], "none")
    assert (list(cross.get_xdata()), cross.get_marker()) == ([0.09046], "x")
    assert list(ring.get_xdata()) == [0.01408]
    assert list(ring.get_ydata()) == [mine["value"].max()]


def test_choices_stand_side_by_side_and_each_setting_has_its_panel() -> None:
    rows = [
        {**row, "cell": ("gru", "lstm")[row["trial"] % 2], "batch_size": (32, 64)[row["trial"] % 2]}
        for row in tuning_rows(levels=(7,))
    ]
    columns = ["run_id", "arm", "seed", "trial", "cell", "batch_size", "learning_rate", "status"]
    columns += ["outcome", "chosen", "epochs", "value"]
    space = {
        "cell": {"attributes": {"choices": ["gru", "lstm", "rnn"]}},
        "batch_size": {"attributes": {"choices": [32, 64]}},
        **SPACE,
    }
    trials = trials_of(pd.DataFrame(rows)[columns])
    axes = figures.tuning_values(trials, space, plan_panels(trials, [])).axes
    assert [ax.get_xlabel() for ax in axes] == ["cell", "batch_size", "learning_rate"]
    assert [tick.get_text() for tick in axes[0].get_xticklabels()] == ["gru", "lstm", "rnn"]
    for ax in axes[:2]:
        assert {x for line in ax.lines for x in line.get_xdata()} == {0, 1}


def test_many_arms_have_a_panel_for_those_that_are_compared_with_each_other() -> None:
    rows = [{**row, "arm": f"{row['arm']}_{copy}"} for copy in range(3) for row in tuning_rows()]
    trials = trials_of(pd.DataFrame(rows))
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    plan = plan_panels(trials, [(arm, f"none_{arm[-1]}") for arm in arms if not arm.startswith("none")])
    figure = figures.tuning_values(trials, SPACE, plan)
    assert [ax.get_title() for ax in figure.axes] == ["max_length = 7", "max_length = 14"] * 3
    for place, ax in enumerate(figure.axes):
        shown = [text.get_text() for text in ax.get_legend().get_texts()]
        assert shown == [arm for arm in arms if arm.endswith(str(place // 2))]
    mine = trials[(trials["arm"] == "general_2") & (trials["max_length"] == 7) & (trials["outcome"] == "done")]
    color = plan.groups[2].styles["general_2"].color.lower()
    drawn = [line for line in figure.axes[4].lines if to_hex(line.get_color()) == color]
    assert sorted(drawn[0].get_ydata()) == sorted(mine["value"])
    rated = trials.assign(rate=trials["learning_rate"])
    two = figures.tuning_values(rated, {**SPACE, "rate": SPACE["learning_rate"]}, plan)
    assert [ax.get_xlabel() for ax in two.axes] == ["learning_rate", "rate"] * len(figure.axes)
    assert two.get_size_inches()[0] < 20


def test_a_trial_with_a_failed_run_has_no_value() -> None:
    trials = trials_of(pd.DataFrame(tuning_rows()))
    (lost,) = trials[trials["outcome"] == "diverged"].itertuples()
    assert pd.isna(lost.value)
    assert len(trials) == 2 * 4 * len(RATES)


def test_an_arm_without_a_choice_is_named(tmp_path: Path) -> None:
    write_tuned_study(tmp_path, levels=(7,), seeds=6)
    rows = [
        {**row, "chosen": 0, "outcome": "failed", "status": "failed", "value": None} if row["arm"] == "dot" else row
        for row in tuning_rows((7,))
    ]
    write_table(tmp_path, "tuning", rows)
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "Nothing is chosen for dot at max_length = 7: " in text
    assert "| 7 | dot | - | - | 0 of 0 | - |" in text


def test_a_tuning_without_a_successful_trial_has_a_report(tmp_path: Path) -> None:
    write_tuned_study(tmp_path, levels=(7,), seeds=6)
    rows = [
        {**row, "chosen": 0, "outcome": "diverged", "status": "diverged", "value": None} for row in tuning_rows((7,))
    ]
    write_table(tmp_path, "tuning", rows)
    write_table(tmp_path, "runs", [])
    without_pictures(tmp_path)
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "Runs: 24 planned, 0 done, 0 diverged, 0 failed, 24 missing." in text
    assert "Nothing is chosen for none at max_length = 7, dot at max_length = 7, general at" in text


def test_rows_of_a_tuning_without_its_provenance_are_refused(tmp_path: Path) -> None:
    write_study(tmp_path, levels=(7,), seeds=1)
    write_table(tmp_path, "tuning", tuning_rows((7,)))
    with pytest.raises(InputError, match=r"tuning\.csv: rows of another tuning than that of provenance\.json"):
        build(tmp_path)


def test_a_tuning_of_other_arms_is_refused(tmp_path: Path) -> None:
    write_tuned_study(tmp_path, levels=(7,), seeds=1)
    write_table(tmp_path, "tuning", [{**row, "arm": row["arm"].replace("dot", "dots")} for row in tuning_rows((7,))])
    with pytest.raises(InputError, match=r"tuning\.csv: rows of another tuning than that of provenance\.json"):
        build(tmp_path)


@pytest.mark.parametrize("value", ["x", 0.2, -1.0])
def test_a_setting_outside_the_search_space_is_refused(tmp_path: Path, value: object) -> None:
    write_tuned_study(tmp_path, levels=(7,), seeds=1)
    first, *others = tuning_rows((7,))
    write_table(tmp_path, "tuning", [{**first, "learning_rate": value}, *others])
    with pytest.raises(
        InputError, match=r"tuning\.csv: a learning_rate outside 0\.0001 to 0\.1; expected a value of the search space"
    ):
        build(tmp_path)


@pytest.mark.parametrize("ends", [{"low": 0.0}, {"low": 0.2}, {"high": 1e308}])
def test_a_range_that_has_no_axis_is_refused(tmp_path: Path, ends: dict[str, float]) -> None:
    write_tuned_study(tmp_path, levels=(7,), seeds=1)
    path = tmp_path / "provenance.json"
    content = json.loads(path.read_text())
    content["parts"]["study"]["settings"]["tuning"]["space"]["learning_rate"]["attributes"] |= ends
    path.write_text(json.dumps(content))
    with pytest.raises(
        InputError, match=r"parts\.study\.settings\.tuning\.space\.learning_rate\.attributes is from .* to"
    ):
        build(tmp_path)


@pytest.mark.parametrize(
    ("varied", "said"),
    [
        ({"factors": {"learning_rate": [0.001, 0.01]}}, "all arms have the learning rate 0.001 or 0.01, by the level,"),
        ({"at_levels": [{"settings": {"learning_rate": 0.01}}, {}]}, "the learning rate 0.01 or 0.002, by the level,"),
        ({"at_levels": [{}, {}]}, "all arms have the learning rate 0.002,"),
        ({}, "all arms have the learning rate 0.002,"),
    ],
)
def test_learning_rates_that_are_not_tuned_are_those_of_the_levels(varied: dict[str, Any], said: str) -> None:
    settings = {"training": {"learning_rate": 0.002}, "arms": {"a": {}}, "factors": {}, **varied}
    assert said in tuned_sentence(settings)
