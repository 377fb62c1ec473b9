"""From a run to rows for the tables, also for diverged, pruned and failed runs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.distributions import FloatDistribution

from results.tables.csv_io import read_table, write_table
from seq2seq_core.training import EpochMetrics
from studies.design.study import Study
from studies.design.tuning import Search
from studies.planning.plan import plan
from studies.planning.run import Trial
from studies.planning.run_rows import failed_rows
from studies.recipes.registry import RECIPES
from studies.training import train_run
from studies.training.train_run import Pruned, steps_to, train_to_rows


def test_rows_hold_every_metric_of_a_run_and_survive_json(study: Study) -> None:
    run = plan(study, "quick").initial_runs[1]
    points: list[EpochMetrics] = []
    rows = train_to_rows(run, points.append)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    (figures,) = rows["runs"]
    assert (figures["status"], figures["reason"], figures["steps"]) == ("done", "", 4)
    assert [row["epoch"] for row in rows["convergence"]] == [1, 2] == [point.epoch for point in points]
    assert sum(row["n"] for row in rows["by_length"]) == run.setup.training.test_size
    for position in {row["target_position"] for row in rows["alignments"]}:
        weights = [row["weight"] for row in rows["alignments"] if row["target_position"] == position]
        assert len(weights) == run.setup.task.max_length
        assert sum(weights) == pytest.approx(1)


def test_metrics_of_sequences_are_in_every_table_that_a_recipe_names_them_for(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean over lengths, weighted by sequences, is that of the run."""
    monkeypatch.setattr(RECIPES["plain"], "extra_metrics", ("first_n",))
    rows = train_to_rows(plan(study, "quick").initial_runs[1], lambda point: None)
    (run,) = rows["runs"]
    total = sum(row["n"] * row["first_n"] for row in rows["by_length"])
    assert run["first_n"] == pytest.approx(total / sum(row["n"] for row in rows["by_length"]))
    assert all(0 <= row["first_n"] <= 1 for row in rows["convergence"])
    assert "overlap" not in {**run, **rows["by_length"][0], **rows["convergence"][0]}


def test_without_attention_there_is_no_alignment(study: Study) -> None:
    assert train_to_rows(plan(study, "quick").initial_runs[0], lambda point: None)["alignments"] == []


def test_a_tuning_run_has_no_alignments_and_otherwise_the_rows_of_a_reported_one(study: Study) -> None:
    run = plan(study, "quick").initial_runs[1]
    search = Search(space={"learning_rate": FloatDistribution(1e-3, 1e-2)})
    tuning = replace(run, trial=Trial(0, search, "steps_to_99"))
    reported, tuned = (train_to_rows(one, lambda point: None) for one in (run, tuning))
    assert reported["alignments"]
    assert tuned["alignments"] == tuned["mean_alignments"] == []
    assert (tuned["convergence"], tuned["by_length"]) == (reported["convergence"], reported["by_length"])


def test_a_diverged_run_has_a_reason_and_missing_metrics(study: Study) -> None:
    run = plan(study, "quick", settings={"learning_rate": 3e37, "steps_per_epoch": 30}).initial_runs[0]
    rows = train_to_rows(run, lambda point: None)
    (figures,) = rows["runs"]
    assert figures["status"] == "diverged"
    assert "no longer finite in epoch 1" in figures["reason"]
    assert [figures[name] for name in ("levenshtein_accuracy", "exact_match", "steps_to_99")] == [None] * 3
    assert rows["convergence"] == rows["by_length"] == rows["alignments"] == []


def test_a_run_that_diverges_after_the_threshold_keeps_its_steps_to_the_threshold(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step moves a weight by about 8e18, so that products of two leave float32's range (3e38) in a few steps."""
    monkeypatch.setattr(train_run, "THRESHOLD", 0.0)  # every scored epoch is there
    run = plan(study, "quick", settings={"learning_rate": 8e18, "steps_per_epoch": 1, "epochs": 6}).initial_runs[0]
    (figures,) = train_to_rows(run, lambda point: None)["runs"]
    assert (figures["status"], figures["steps_to_99"]) == ("diverged", 1)
    assert "no longer finite in epoch 4" in figures["reason"]


def test_a_pruned_run_keeps_its_curve_and_has_no_metrics(study: Study) -> None:
    run = plan(study, "quick", settings={"epochs": 4}).initial_runs[1]

    def prune(point: EpochMetrics) -> None:
        if point.epoch == 3:
            raise Pruned

    rows, complete = train_to_rows(run, prune), train_to_rows(run, lambda point: None)
    (figures,) = rows["runs"]
    assert (figures["status"], figures["reason"], figures["steps"]) == ("pruned", "pruned after epoch 3", 6)
    assert [figures[name] for name in ("levenshtein_accuracy", "exact_match", "steps_to_99")] == [None] * 3
    assert rows["convergence"] == complete["convergence"][:3]
    assert rows["by_length"] == rows["alignments"] == []
    assert figures.keys() == complete["runs"][0].keys()


def test_a_resumed_run_has_the_rows_of_an_uninterrupted_run(study: Study) -> None:
    run = plan(study, "quick", settings={"epochs": 4}).initial_runs[1]
    checkpoints: list[bytes] = []
    complete = train_to_rows(run, lambda point: None, on_checkpoint=checkpoints.append)
    epochs: list[int] = []
    since: list[bytes] = []
    rows = train_to_rows(
        run, lambda point: epochs.append(point.epoch), checkpoint=checkpoints[1], on_checkpoint=since.append
    )
    assert epochs == [1, 2, 3, 4]
    assert len(since) == 2, "it began again"
    for some in (rows, complete):
        assert some["runs"][0].pop("seconds") > 0
    assert rows == complete


def test_a_failed_run_has_one_line_and_the_same_columns(study: Study) -> None:
    rows = failed_rows("RuntimeError: first\n  second")
    assert rows["runs"][0]["reason"] == "RuntimeError: first second"
    assert (
        rows["runs"][0].keys()
        == train_to_rows(plan(study, "quick").initial_runs[0], lambda point: None)["runs"][0].keys()
    )


def test_steps_to_a_threshold_that_is_never_reached_are_missing() -> None:
    points = [EpochMetrics(step, 1, 0.0, 0.0, accuracy, 0.0) for step, accuracy in ((5, 0.2), (10, 0.99), (15, 0.5))]
    assert steps_to(0.99, points) == 10
    assert steps_to(0.995, points) is None
    assert steps_to(0.1, points) == 5


def test_any_reason_of_a_failure_fits_in_a_cell(study: Study, tmp_path: Path) -> None:
    """A compiler's message has colours and hundreds of thousands of letters; a reader of CSV takes 131,072 a cell."""
    (figures,) = failed_rows(f"CompileError: \x1b[31m\x00first\r\nsecond\ud800 {'x' * 200_000}")["runs"]
    run = plan(study, "smoke").initial_runs[0]
    write_table(
        tmp_path, "runs", [{"study": "s", "run_id": run.run_id, "arm": run.variant.arm, "seed": run.seed, **figures}]
    )
    (reason,) = read_table(tmp_path, "runs")["reason"]
    assert reason == figures["reason"]
    assert re.match("CompileError: .*first second", reason)
