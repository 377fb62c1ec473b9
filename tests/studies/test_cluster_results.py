"""Results that a driver cannot fetch: of a node that does not answer, of a cancelled call, of a closed connection."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import LONG, TINY, planned
from dask_processes import Cluster, wait_until
from distributed import Client, LocalCluster
from observers import open_trials
from optuna.trial import TrialState

import studies.engine.pool
from studies.cluster import connection
from studies.cluster.nodes import RESULT_SECONDS, Nodes
from studies.cluster.pool import DaskPool
from studies.engine.attempt import attempt
from studies.engine.checkpoints import Checkpoints
from studies.engine.pool import Throttle
from studies.engine.queue import Queue, Worker
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import WorkerConfig

pytestmark = pytest.mark.slow


@contextmanager
def connected(cluster: Cluster) -> Iterator[Nodes]:
    with connection.Cluster(cluster.address, None, None).connect() as connected:
        wait_until(connected.client.nthreads)
        yield Nodes(connected, planned(TINY), "attention", None, "cpu")


@contextmanager
def with_a_finished_part(nodes: Nodes, folder: Path) -> Iterator[DaskPool]:
    """A pool whose only node has finished a part of a run, which the driver has not fetched yet."""
    with open_storage(default_url(folder)) as storage:
        queue = Queue(storage, "attention", print)
        config = WorkerConfig(plan=planned(TINY), study="attention", url=queue.url, pool_id="ours", folder=folder)
        nodes.check(print)
        pool = DaskPool(queue, config, nodes)
        pool.start()
        while not pool._trainings:
            pool.advance(0.0)
        wait_until(lambda: [training.future.done() for training in pool._trainings.values()] == [True])
        yield pool
        pool.stop()


def test_a_description_that_is_not_sent_is_asked_for_again(cluster: Cluster) -> None:
    """Without a timeout, the first fetch would wait until the node goes on."""
    node, lines = cluster.add_worker(), list[str]()
    with connected(cluster) as nodes:
        nodes.refresh(lines.append)
        (check,) = nodes._checks.values()
        assert check is not None
        wait_until(check.done)
        os.kill(node.pid, signal.SIGSTOP)
        goes_on = threading.Timer(8 * RESULT_SECONDS, os.kill, (node.pid, signal.SIGCONT))
        goes_on.start()
        nodes.refresh(lines.append)
        ready = list(nodes.ready)
        goes_on.cancel()
        os.kill(node.pid, signal.SIGCONT)
        assert ready == []
        wait_until(lambda: nodes.refresh(lines.append) or nodes.ready)
    assert lines == []


def test_a_part_that_is_cancelled_before_it_is_fetched_is_trained_again(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add_worker()
    with connected(cluster) as nodes, with_a_finished_part(nodes, tmp_path) as pool:
        (training,) = pool._trainings.values()
        training.future.cancel()
        training.future._state.status = "finished"  # as it was read just before
        while pool.advance(0.1):
            pass
    states = [trial.state for trial in open_trials(tmp_path)]
    assert sorted(states) == [TrialState.COMPLETE] * 4 + [TrialState.FAIL]


SLOW = """
import time
from studies.cluster.node import Part

def reduced(part):
    time.sleep(1.5)
    return Part, (part.points, part.checkpoint, part.rows)

Part.__reduce__ = reduced
"""
"""Has a node take more than a second for each transfer of a result."""


def test_a_result_that_takes_more_than_a_second_to_transfer_is_received(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    cluster.add_worker("--preload", str(tmp_path / "slow.py"))
    with connected(cluster) as nodes, with_a_finished_part(nodes, tmp_path) as pool:
        wait_until(lambda: not pool.advance(0.1))
    assert [trial.state for trial in open_trials(tmp_path)] == [TrialState.COMPLETE] * 4


def test_a_connection_that_is_closed_ends_the_pool(cluster: Cluster, tmp_path: Path) -> None:
    """Dask closes it if the scheduler does not come back."""
    cluster.add_worker()
    with connected(cluster) as nodes, with_a_finished_part(nodes, tmp_path) as pool:
        client = nodes.connection.client
        client.sync(client._close)
        assert not pool.advance(0.0)
        assert pool.why_ended == f"{cluster.address}: the scheduler does not answer"
    assert TrialState.RUNNING not in [trial.state for trial in open_trials(tmp_path)]


def train_all(url: str, folder: Path) -> None:
    """Trains every waiting run of the study, as a worker of another command does."""
    positions = {run.run_id: place for place, run in enumerate(planned(TINY).initial_runs)}
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", print)
        while claim := queue.claim(positions, Worker("others", "here", os.getpid(), "2026-01-01T00:00:00+00:00")):
            attempt(queue, claim, Checkpoints(folder), kept_seed=None)


def test_a_driver_without_nodes_ends_once_others_have_finished_its_runs(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies.engine.pool, "ENQUEUE_SECONDS", 0.1)
    plan = planned(TINY)
    with (
        connection.Cluster(cluster.address, None, None).connect() as connected,
        open_storage(default_url(tmp_path)) as storage,
    ):
        queue = Queue(storage, "attention", print)
        config = WorkerConfig(plan=plan, study="attention", url=queue.url, pool_id="ours", folder=tmp_path)
        pool = DaskPool(queue, config, Nodes(connected, plan, "attention", None, "cpu"))
        driver = threading.Thread(target=pool.run, daemon=True)
        driver.start()
        wait_until(lambda: len(queue.trials()) == plan.size)
        train_all(queue.url, tmp_path)
        driver.join(timeout=60)
        assert not driver.is_alive()
        assert not pool.progress.unfinished


def test_a_started_cluster_never_ends_workers_while_runs_are_left(tmp_path: Path) -> None:
    """Dask would end any of them, also one that trains."""
    plan, numbers = planned(LONG), list[int]()

    class Recorded(LocalCluster):
        def scale(self, n: int = 0, memory: object = None, cores: object = None) -> None:
            numbers.append(n)
            super().scale(n)

    with (
        Recorded(n_workers=0, threads_per_worker=1, processes=False, dashboard_address=None) as started,
        Client(started, set_as_default=False) as client,
        open_storage(default_url(tmp_path)) as storage,
    ):
        queue = Queue(storage, "attention", print)
        config = WorkerConfig(plan=plan, study="attention", url=queue.url, pool_id="ours", folder=tmp_path)
        local = connection.Connection(client, "local", started, least=1, most=3)
        pool = DaskPool(queue, config, Nodes(local, plan, "attention", None, "cpu"))
        pool._rescale = Throttle(0.0)
        progress = pool.run()
        assert numbers
        assert set(numbers) == {3}
    assert not progress.unfinished
    assert [trial.state for trial in open_trials(tmp_path)] == [TrialState.COMPLETE] * 4
