"""A run trained twice: the engine's side is what a worker does, and figures that differ are no measurement."""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState

from seq2seq_core.training import Result, train
from studies.commands.overhead import baseline_alone
from studies.commands.side_by_side import BARE_FIRST, ENGINE_FIRST, by_engine, check_same, shuffled_orders
from studies.design.study import Study
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import beats
from studies.engine.queue import Queue
from studies.engine.scheduler import enqueue
from studies.engine.storage import open_storage
from studies.engine.train_run import rows_of
from studies.planning.plan import plan
from studies.planning.run import Run


class Recorded(Checkpoints):
    """Also remembers what was written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.written: list[str] = []

    def write(self, run_id: str, checkpoint: bytes) -> None:
        super().write(run_id, checkpoint)
        self.written.append(run_id)


def bare(run: Run) -> Result:
    return train(run.model, run.task, run.training, run.seed, run.device)


@pytest.fixture
def queue(storage_url: str) -> Iterator[Queue]:
    with open_storage(storage_url) as storage:
        yield Queue(storage, "some", print)


def test_the_engines_side_is_what_a_worker_does(queue: Queue, study: Study, tmp_path: Path) -> None:
    planned = baseline_alone(plan(study, "quick"), seeds=2)
    wanted = enqueue(queue, planned).places
    checkpoints = Recorded(tmp_path)
    for number, run in enumerate(planned.runs):
        rows, seconds = by_engine(queue, run, wanted, checkpoints)
        check_same(rows, bare(run))
        assert seconds > rows["runs"][0]["seconds"]
        trial = queue.trials()[number]
        assert trial.state == TrialState.COMPLETE
        assert trial.user_attrs["run"] == run.to_dict()
        assert trial.user_attrs["worker"]["pid"] == os.getpid()
        accuracies = [point["levenshtein_accuracy"] for point in rows["convergence"]]
        assert list(trial.intermediate_values.values()) == accuracies
        assert len(beats(queue.storage)) == number + 1  # each had its heartbeat
    assert checkpoints.written == [run.run_id for run in planned.runs for _ in range(run.training.epochs)]
    assert list((tmp_path / "checkpoints").iterdir()) == []
    assert queue.unfinished() == {}


def test_figures_that_differ_in_a_digit_are_no_measurement(study: Study) -> None:
    run = plan(study, "quick").runs[0]
    result = bare(run)
    rows = json.loads(json.dumps(rows_of(run, print)))  # as a storage gives them back
    check_same(rows, result)
    for table in ("convergence", "by_length"):
        other = json.loads(json.dumps(rows))
        other[table][-1]["levenshtein_accuracy"] += 1e-15
        with pytest.raises(RuntimeError, match="came to other figures"):
            check_same(other, result)
    with pytest.raises(RuntimeError, match="came to other figures"):
        check_same(rows, bare(replace(run, seed=1)))


@given(st.integers(1, 100))
def test_either_side_goes_first_equally_often(rounds: int) -> None:
    orders = shuffled_orders(rounds)
    assert len(orders) == rounds
    assert abs(orders.count(ENGINE_FIRST) - orders.count(BARE_FIRST)) == rounds % 2


def test_who_goes_first_does_not_alternate() -> None:
    orders = shuffled_orders(20)
    assert len({*itertools.pairwise(orders)}) == 4
