"""Runs that end early because they are solved are compared as if they had been trained to the end."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_answers import EVEN, NEVER, answer
from synthetic_rows import study_rows

from results.analysis.study.arm_summary import summarise
from results.analysis.study.budget import carry_forward, step_budget, with_budget
from results.analysis.study.comparisons import compare_arms
from results.analysis.study.run_metrics import CURVE, STEPS
from results.analysis.study.seed_curves import mean_curves
from results.errors import InputError
from results.report.study.answer.points import budget_points
from results.tables.csv_io import read_tables, write_table

EPOCHS, EVERY = 14, 50
DECLARED: dict[str, Any] = {
    "name": "attention", "baseline": "none", "arms": {arm: {} for arm in ("none", "dot", "general", "additive")},
    "factors": {"max_length": [7]}, "seeds": [*range(10)], "primary": "steps_to_99",
    "training": {"learning_rate": 0.001},
}  # fmt: skip
FULL = {"levels": {"max_length": 7}, "epochs": EPOCHS, "steps_per_epoch": EVERY, "stop_at": 0.99, "longest_target": 7}
STOPPING = {**DECLARED, "at_levels": [FULL]}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Two arms reach 99% and stay at 1."""
    folder = tmp_path_factory.mktemp("rows")
    for name in ("runs", "convergence"):
        write_table(folder, name, study_rows(levels=(7,))[name])
    return {name: table for name, table in read_tables(folder).items() if len(table)}


def stopped(tables: dict[str, pd.DataFrame], stop_at: float) -> dict[str, pd.DataFrame]:
    """The same runs, each up to its second evaluation in a row at the threshold."""
    rows, ended = [], set()
    before: dict[str, float] = {}
    for row in tables["convergence"].to_dict("records"):
        run_id, accuracy = row["run_id"], row["levenshtein_accuracy"]
        if run_id not in ended:
            rows.append(row)
            ended |= {run_id} if min(before.get(run_id, 0.0), accuracy) >= stop_at else set()
            before[run_id] = accuracy
    convergence = pd.DataFrame(rows)
    ends = convergence.groupby("run_id")["step"].max()
    return {"runs": tables["runs"].assign(steps=tables["runs"]["run_id"].map(ends)), "convergence": convergence}


def with_last_values(tables: dict[str, pd.DataFrame], ends: pd.Series) -> pd.DataFrame:
    """The complete curves, with the values of a run's end from there on; plainly, row by row."""
    rows = tables["convergence"].to_dict("records")
    by_step = {(row["run_id"], row["step"]): row for row in rows}
    places = ("run_id", "arm", "max_length", "seed", "step", "epoch")
    last = [by_step[row["run_id"], min(row["step"], ends[row["run_id"]])] for row in rows]
    return pd.DataFrame([{**end, **{name: row[name] for name in places}} for row, end in zip(rows, last, strict=True)])


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stop_at=st.floats(0.3, 1.0))
def test_a_run_that_ends_early_keeps_its_last_values_to_the_end(
    tables: dict[str, pd.DataFrame], stop_at: float
) -> None:
    short = stopped(tables, stop_at)
    carried = carry_forward(short["convergence"], short["runs"], STOPPING)
    expected = with_last_values(tables, short["runs"].set_index("run_id")["steps"])
    key = ["run_id", "step"]
    pd.testing.assert_frame_equal(
        carried.sort_values(key, ignore_index=True),
        expected.sort_values(key, ignore_index=True)[[*carried.columns]],
        check_dtype=False,
    )
    assert (carried.groupby("run_id", sort=False)["step"].apply(lambda steps: steps.is_monotonic_increasing)).all()


def test_verdicts_and_budgets_are_those_of_complete_runs(tables: dict[str, pd.DataFrame]) -> None:
    """Runs that reach 99% stay at 1 here, so their last values are those of the end."""
    short = stopped(tables, 0.99)
    assert (short["runs"]["steps"] < EPOCHS * EVERY).any()
    carried = {**short, "convergence": carry_forward(short["convergence"], short["runs"], STOPPING)}
    for one, other in zip(compare_arms(carried, STOPPING), compare_arms(tables, DECLARED), strict=True):
        assert one.effects[STEPS] == other.effects[STEPS]
        assert one.effects[CURVE].verdict == other.effects[CURVE].verdict
        interval, complete = (two.effects[CURVE].difference.interval for two in (one, other))
        assert interval.estimate == pytest.approx(complete.estimate, abs=1e-3)
    for one, other in zip(summarise(carried, STOPPING), summarise(tables, DECLARED), strict=True):
        assert (one.time_to_99, one.budget) == (other.time_to_99, other.budget)
        assert one.rises == pytest.approx(other.rises, abs=1e-3)
    assert set(mean_curves(carried["convergence"], "step", "levenshtein_accuracy").means["n"]) == {10}


def test_the_budget_is_known_if_every_run_ended_early(tables: dict[str, pd.DataFrame]) -> None:
    runs = tables["runs"].assign(steps=100)
    assert step_budget(runs, STOPPING, {"max_length": 7}) == EPOCHS * EVERY
    assert step_budget(runs, DECLARED, {"max_length": 7}) == 100


def test_levels_that_the_provenance_lacks_are_refused(tables: dict[str, pd.DataFrame]) -> None:
    declared = {**STOPPING, "at_levels": [{**FULL, "levels": {"max_length": 8}}]}
    with pytest.raises(InputError, match=r"at_levels lacks max_length = 7; expected an entry for each"):
        carry_forward(tables["convergence"], tables["runs"], declared)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stop_at=st.floats(0.3, 1.0))
def test_a_run_that_ends_early_is_drawn_up_to_the_steps_of_a_full_run(
    tables: dict[str, pd.DataFrame], stop_at: float
) -> None:
    short = stopped(tables, stop_at)["runs"]
    pd.testing.assert_frame_equal(with_budget(short, STOPPING), tables["runs"], check_dtype=False)
    pd.testing.assert_frame_equal(with_budget(short, DECLARED), short)


def test_the_steps_of_a_full_run_are_given_for_each_level() -> None:
    assert "A full run has 700 steps." in answer({"none": NEVER, "dot": EVEN}).points
    summaries: Any = [
        SimpleNamespace(budget=budget, levels={"max_length": level})
        for level, budget in ((10, 10_000), (20, 3_000), (40, 3_000), (80, math.nan))
        for _ in ("none", "dot")
    ]
    assert budget_points(summaries) == [
        "A full run has 10,000 steps at max_length = 10; 3,000 steps at max_length = 20 and max_length = 40."
    ]
    assert budget_points(summaries[-2:]) == []
