"""Killed workers, database restarts and many runs: the tables are those of an undisturbed study."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import tables_of
from optuna.trial import TrialState
from postgres import Server

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.commands.export import export_tables
from studies.design.study import Arm, Profile, Study
from studies.engine.local_pool import LocalPool
from studies.engine.queue import Queue, has_rows, run_id
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import WorkerConfig
from studies.planning.plan import Plan, plan

pytestmark = [pytest.mark.slow, pytest.mark.faults]

KILLS = 7
LONG = {"seeds": 6, "epochs": 12, "steps_per_epoch": 8}
"""A plan of 12 runs that takes seconds, with its undisturbed tables shared by the tests."""


def planned(seeds: int, **training: int) -> Plan:
    """Two arms; every run `training["epochs"]` epochs long."""
    profile = Profile(seeds=seeds)
    study = Study(
        question="Which?",
        base=ModelConfig(hidden_size=8, embedding_size=4, layers=2, dropout=0.2),
        task=TaskConfig(letters=3, min_length=2, max_length=6),
        training=TrainConfig(**{"batch_size": 4, "evaluation_size": 8, "test_size": 8, **training}),
        baseline="none",
        arms={"none": Arm(score=None), "general": Arm(score="general")},
        primary="levenshtein_accuracy",
        profiles={"smoke": profile, "quick": profile, "full": profile},
    )
    return plan(study, "quick")


def done_by(queue: Queue, folder: Path, todo: Plan, workers: int) -> dict[str, list[list[str]]]:
    """Has the plan done, and returns the tables without their times."""
    job = WorkerConfig(plan=todo, study="disturbed", url=queue.url, pool_id="ours", folder=folder)
    progress = LocalPool(queue, job, workers).run()
    assert not progress.unfinished
    export_tables(folder, "disturbed", todo, progress.finished)
    return tables_of(folder)


@contextmanager
def queue_at(url: str, notices: list[str] | None = None) -> Iterator[Queue]:
    with open_storage(url) as storage:
        yield Queue(storage, "disturbed", (notices if notices is not None else []).append)


@contextmanager
def in_parallel(disturb: Callable[[threading.Event], None]) -> Iterator[None]:
    """Runs `disturb` in another thread until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=disturb, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def attempts(queue: Queue) -> Counter[TrialState]:
    return Counter(trial.state for trial in queue.trials())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Plan], dict[str, list[list[str]]]]:
    done: dict[tuple[str, ...], dict[str, list[list[str]]]] = {}

    def tables(todo: Plan) -> dict[str, list[list[str]]]:
        ids = tuple(run.run_id for run in todo.initial_runs)
        if ids not in done:
            folder = tmp_path_factory.mktemp("undisturbed")
            with queue_at(default_url(folder)) as queue:
                done[ids] = done_by(queue, folder, todo, workers=1)
        return done[ids]

    return tables


def test_the_tables_do_not_change_when_workers_are_killed(
    tmp_path: Path, storage_url: str, undisturbed: Callable[[Plan], dict[str, list[list[str]]]]
) -> None:
    todo = planned(**LONG)
    killed: list[int] = []

    def kill(over: threading.Event) -> None:
        """Workers are killed by the progress of the study and not by time, so that a fast machine has kills too."""
        moments, last = random.Random(0), 0
        cut_off: dict[str, int] = {}
        with queue_at(storage_url) as watched:
            while len(killed) < KILLS and not over.wait(0.02):
                now = sum(len(trial.intermediate_values) for trial in watched.trials())
                if now < last + moments.randrange(1, 8):
                    continue
                last = now
                over.wait(moments.uniform(0, 0.15))
                alive = {process.pid for process in multiprocessing.active_children() if process.is_alive()}
                in_hand = {
                    trial.user_attrs["worker"]["pid"]: trial
                    for trial in watched.trials(TrialState.RUNNING)
                    if trial.user_attrs.get("worker", {}).get("pid") in alive
                }
                # A run that is cut off three times before it gets an epoch further is given up, and rightly so.
                spared = {
                    pid
                    for pid, trial in in_hand.items()
                    if len(trial.intermediate_values) <= cut_off.get(run_id(trial), -1)
                }
                # Of three, two that have a run in hand, and any one: beginning, claiming, or between two runs.
                victims = sorted(pid for pid in (in_hand if len(killed) % 3 else alive) if pid and pid not in spared)
                if victims:
                    killed.append(moments.choice(victims))
                    os.kill(killed[-1], signal.SIGKILL)
                    if trial := in_hand.get(killed[-1]):
                        cut_off[run_id(trial)] = len(trial.intermediate_values)

    with queue_at(storage_url) as queue:
        with in_parallel(kill):
            tables = done_by(queue, tmp_path, todo, workers=2)
        ended = attempts(queue)
        # A worker's last words may reach a server after the worker was killed and its attempt given up: such a trial
        # is FAIL with rows, and settled.
        finished = {run_id(trial) for trial in queue.trials() if has_rows(trial)}
    assert len(killed) == KILLS, "the study was over before it was disturbed enough"
    assert finished == {run.run_id for run in todo.initial_runs}
    assert len(finished) == 12
    assert ended[TrialState.FAIL] > KILLS / 3, "hardly a worker had a run in hand: little was tested"
    assert tables == undisturbed(todo)


@pytest.mark.parametrize(("storage_url", "workers"), [("sqlite", 4), ("postgresql", 8)], indirect=["storage_url"])
def test_many_workers_train_each_run_once(tmp_path: Path, storage_url: str, workers: int) -> None:
    todo = planned(seeds=30, epochs=1, steps_per_epoch=5)  # long enough for every worker to start
    with queue_at(storage_url) as queue:
        tables = done_by(queue, tmp_path, todo, workers)
        assert attempts(queue) == {TrialState.COMPLETE: 60}
        hands = {trial.user_attrs["worker"]["pid"] for trial in queue.trials()}
    assert [row[1] for row in tables["runs"][1:]] == [run.run_id for run in todo.initial_runs]
    assert len(hands) > workers / 2


def test_the_tables_do_not_change_when_the_database_restarts(
    tmp_path: Path, own_postgres: Server, undisturbed: Callable[[Plan], dict[str, list[list[str]]]]
) -> None:
    todo = planned(**LONG)
    outages: list[float] = []

    def epochs(queue: Queue) -> int:
        return sum(len(trial.intermediate_values) for trial in queue.trials())

    def restart(over: threading.Event) -> None:
        """By progress and not by time: on a fast machine the study would be over."""
        while len(outages) < 2 and not over.is_set():
            with queue_at(url) as watched:
                before = epochs(watched)
                while not over.wait(0.02) and epochs(watched) < before + 3:
                    pass
            own_postgres.stop()
            time.sleep(1)
            own_postgres.start()
            outages.append(time.monotonic())

    url = own_postgres.create_database()
    with queue_at(url) as queue:
        with in_parallel(restart):
            tables = done_by(queue, tmp_path, todo, workers=2)
        ended = attempts(queue)
    assert len(outages) == 2, "the study was over before the database went away"
    assert ended[TrialState.COMPLETE] == len(todo.initial_runs)
    assert tables == undisturbed(todo)
