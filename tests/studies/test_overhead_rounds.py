"""The two sides of a round: the engine side does what a worker does, and both must give the same metrics."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from seq2seq_core.recipe import PLAIN
from studies import catalog
from studies.design.study import Study
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import last_heartbeats
from studies.engine.queue import Queue
from studies.engine.scheduler import enqueue
from studies.engine.storage import open_storage
from studies.measurements.overhead import baseline_alone, check_same, train_bare, train_with_engine
from studies.planning.plan import plan
from studies.training.train_run import train_to_rows


class Recorded(Checkpoints):
    """Also remembers what was written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.written: list[str] = []

    def write(self, run_id: str, checkpoint: bytes) -> None:
        super().write(run_id, checkpoint)
        self.written.append(run_id)


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    with open_storage(storage_url) as storage:
        yield Queue(storage, "some", print)


def test_the_engine_side_writes_what_a_worker_writes(queue: Queue, study: Study, tmp_path: Path) -> None:
    planned = baseline_alone(plan(study, "quick"), seeds=2)
    positions = enqueue(queue, planned).positions
    checkpoints = Recorded(tmp_path)
    for number, run in enumerate(planned.initial_runs):
        rows, seconds = train_with_engine(queue, run, positions, checkpoints)
        check_same(rows, train_bare(run)[0], PLAIN)
        assert seconds > rows["runs"][0]["seconds"]
        trial = queue.trials()[number]
        assert trial.state == TrialState.COMPLETE
        assert trial.user_attrs["run"] == run.to_dict()
        assert trial.user_attrs["worker"]["pid"] == os.getpid()
        accuracies = [point["levenshtein_accuracy"] for point in rows["convergence"]]
        assert list(trial.intermediate_values.values()) == accuracies
        assert len(last_heartbeats(queue.storage)) == number + 1  # each had its heartbeat
    assert checkpoints.written == [run.run_id for run in planned.initial_runs for _ in range(run.setup.training.epochs)]
    assert list((tmp_path / "checkpoints").iterdir()) == []
    assert queue.unfinished() == {}


def test_metrics_that_differ_in_the_last_digit_are_an_error(study: Study) -> None:
    run = plan(study, "quick").initial_runs[0]
    result = train_bare(run)[0]
    rows = json.loads(json.dumps(train_to_rows(run, print)))  # as a storage gives them back
    check_same(rows, result, PLAIN)
    for table in ("convergence", "by_length"):
        other = json.loads(json.dumps(rows))
        other[table][-1]["levenshtein_accuracy"] += 1e-15
        with pytest.raises(RuntimeError, match="gave different metrics"):
            check_same(other, result, PLAIN)
    with pytest.raises(RuntimeError, match="gave different metrics"):
        check_same(rows, train_bare(replace(run, seed=1))[0], PLAIN)


def test_the_metrics_of_a_recipe_are_compared_too() -> None:
    """`decimal40` has first_n and overlap for each length."""
    small = {"hidden_size": 4, "embedding_size": 3, "epochs": 1, "steps_per_epoch": 1, "evaluation_size": 4}
    run = plan(catalog.load("decimal40"), "smoke", settings={**small, "test_size": 4}).initial_runs[0]
    recipe = run.setup.build_recipe()
    rows = json.loads(json.dumps(train_to_rows(run, print)))
    assert {"first_n", "overlap"} <= rows["by_length"][0].keys()
    check_same(rows, train_bare(run)[0], recipe)
