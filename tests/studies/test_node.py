"""A run that is trained in parts, as on a node, has the rows of an uninterrupted run."""

import importlib.util
import pickle
import random
from typing import Any

import pytest
from formula import finish_all, tuned

import studies.cluster.node
from seq2seq_core.training import CheckpointError, EpochMetrics
from studies import catalog
from studies.cluster.node import Part, describe, train_part
from studies.design.selection import select_arms
from studies.design.study import Study
from studies.planning.plan import Plan, plan
from studies.planning.pruner import courses_of_earlier
from studies.planning.run import Run
from studies.planning.run_rows import Rows
from studies.training.run_task import Task, perform
from studies.training.train_run import train_to_rows


def in_parts(task: Task) -> tuple[list[Part], list[EpochMetrics]]:
    """The parts of one epoch each, and the epochs that a driver gets from them."""
    parts, points = list[Part](), list[EpochMetrics]()
    while not parts or parts[-1].rows is None:
        checkpoint = parts[-1].checkpoint if parts else task.checkpoint
        rest = Task(task.run, checkpoint, task.earlier)
        parts.append(train_part(pickle.dumps(rest), None, len(points), 0.0))
        points.extend(parts[-1].points)
    return parts, points


def without_seconds(rows: Rows | None) -> Rows:
    assert rows is not None
    return {**rows, "runs": [{**rows["runs"][0], "seconds": None}]}


@pytest.fixture
def run(study: Study) -> Run:
    return plan(study, "quick", settings={"epochs": 4, "layers": 2, "dropout": 0.2}).initial_runs[1]


def test_a_run_in_parts_has_the_rows_and_the_epochs_of_an_uninterrupted_run(run: Run) -> None:
    complete = list[EpochMetrics]()
    rows = train_to_rows(run, complete.append)
    parts, points = in_parts(Task(run, None, ()))
    assert [len(part.points) for part in parts] == [1, 1, 1, 1, 0]
    assert points == complete
    assert without_seconds(parts[-1].rows) == without_seconds(rows)


def test_a_run_whose_checkpoint_is_too_large_to_travel_is_one_part(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.cluster.node, "MAX_CHECKPOINT_BYTES", 1000)
    ((part,), points) = in_parts(Task(run, None, ()))
    assert part.checkpoint is None
    assert [point.epoch for point in points] == [1, 2, 3, 4]
    assert without_seconds(part.rows) == without_seconds(train_to_rows(run, lambda point: None))


def test_a_tuning_run_in_parts_is_pruned_at_the_same_epoch(study: Study) -> None:
    todo = tuned(study)
    finished = finish_all(todo, random.Random(1))
    (chain, _), *_ = todo.tuning_trials(finished)
    (run,) = chain[-1].runs
    task = Task(run, None, courses_of_earlier(run, finished))
    rows = perform(task, lambda point: None, lambda checkpoint: None)
    assert rows["runs"][0]["status"] == "pruned"
    parts, _ = in_parts(task)
    assert len(parts) > 1
    assert without_seconds(parts[-1].rows) == without_seconds(rows)


def test_an_error_of_the_driver_is_not_the_outcome_of_the_run(run: Run) -> None:
    """Otherwise a full disk would fail the run."""

    def full(checkpoint: bytes) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        perform(Task(run, None, ()), lambda point: None, full)
    with pytest.raises(CheckpointError, match="its first line is wrong"):
        train_part(pickle.dumps(Task(run, b"other", ())), None, 0, 0.0)


def problem_of(planned: Plan, name: str) -> str:
    """What a node says of a plan of the catalog."""
    return describe(name, None, (), "cpu", pickle.dumps(planned)).problem


def test_a_node_without_a_compiler_or_an_optional_dependency_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """All its runs failed, and a failed run is not repeated."""
    monkeypatch.setenv("CXX", "python3")  # there is no need to compile
    added = {"compiled": {"score": "additive", "compile": True}}
    compiled = plan(select_arms(catalog.load("attention"), ["none"], added), "smoke")
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "there is no compiler 'no-such-compiler'" in problem_of(compiled, "attention")

    found: list[Any] = [True]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found[0])
    bleu = plan(catalog.load("joeynmt_reverse"), "smoke")
    found[0] = None
    assert "recipe 'joeynmt_reverse' needs sacrebleu" in problem_of(bleu, "joeynmt_reverse")
