"""Results that a driver cannot fetch: of a node that does not answer, of a cancelled call, of a closed connection."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import TINY, planned
from dask_processes import Cluster, wait_until
from observers import open_trials
from optuna.trial import TrialState

from studies.cluster import connection
from studies.cluster.nodes import RESULT_SECONDS, Nodes
from studies.cluster.pool import DaskPool
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import WorkerConfig

pytestmark = pytest.mark.slow


@contextmanager
def connected(cluster: Cluster) -> Iterator[Nodes]:
    with connection.Cluster(cluster.address, None, None).connect() as connected:
        wait_until(connected.client.nthreads)
        yield Nodes(connected, planned(TINY), None, "cpu")


@contextmanager
def with_a_finished_part(nodes: Nodes, folder: Path) -> Iterator[DaskPool]:
    """A pool whose only node has finished a part of a run, which the driver has not fetched yet."""
    with open_storage(default_url(folder)) as storage:
        queue = Queue(storage, "attention", print)
        config = WorkerConfig(plan=planned(TINY), study="attention", url=queue.url, pool_id="ours", folder=folder)
        nodes.check(print)
        pool = DaskPool(queue, config, nodes)
        pool.start()
        while not pool._hands:
            pool.advance(0.0)
        wait_until(lambda: [hand.future.done() for hand in pool._hands.values()] == [True])
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
        (hand,) = pool._hands.values()
        hand.future.cancel()
        hand.future._state.status = "finished"  # as it was read just before
        while pool.advance(0.1):
            pass
    states = [trial.state for trial in open_trials(tmp_path)]
    assert sorted(states) == [TrialState.COMPLETE] * 4 + [TrialState.FAIL]


def test_a_connection_that_is_closed_ends_the_pool(cluster: Cluster, tmp_path: Path) -> None:
    """Dask closes it if the scheduler does not come back."""
    cluster.add_worker()
    with connected(cluster) as nodes, with_a_finished_part(nodes, tmp_path) as pool:
        client = nodes.connection.client
        client.sync(client._close)
        assert not pool.advance(0.0)
        assert pool.stopped == f"{cluster.address}: the scheduler does not answer"
    assert TrialState.RUNNING not in [trial.state for trial in open_trials(tmp_path)]
