"""The workers of a command: processes on this machine, or the nodes of a Dask cluster."""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from results.errors import InputError
from seq2seq_core.config.device import check_device
from studies.cluster.connection import Cluster
from studies.cluster.nodes import Nodes
from studies.cluster.pool import DaskPool
from studies.commands.request import Request
from studies.engine.local_pool import LocalPool, check_start, default_workers
from studies.engine.pool import Pool, notify
from studies.engine.queue import Queue
from studies.engine.worker import WorkerConfig
from studies.planning.plan import Plan
from studies.trackers.mlflow import prepare
from studies.trackers.names import check_installed


def check_machine(request: Request, trackers: Sequence[str], workers: tuple[int, int] | None) -> None:
    if workers and workers[0] < workers[1]:
        raise InputError(f"--workers {workers[0]}-{workers[1]}: expected one number, or --dask FILE.yaml too")
    check_device(request.device)
    check_installed(trackers)
    check_start()


def check_cluster(cluster: Cluster, trackers: Sequence[str]) -> None:
    if trackers:
        raise InputError(f"--{trackers[0]} is refused with --dask: nodes write no files; expected one of the two")
    cluster.check()


def connect_nodes(stack: ExitStack, cluster: Cluster, request: Request, plan: Plan) -> Nodes:
    """The nodes of a cluster; the connection is closed with the stack."""
    nodes = Nodes(stack.enter_context(cluster.connect()), plan, request.name, request.source, request.device)
    nodes.check(notify)
    return nodes


def pool_of(
    queue: Queue,
    request: Request,
    plan: Plan,
    folder: Path,
    trackers: Sequence[str],
    *,
    nodes: Nodes | None = None,
    processes: int | None = None,
) -> Pool:
    """Of the nodes of a cluster, or without them of processes here, by default as many as the device has."""
    if "mlflow" in trackers:
        prepare(folder, queue.study_name)
    # A folder has one driver at a time, so the name says which runs were those of an earlier one that was killed.
    driver = hashlib.sha256(f"{socket.gethostname()} {folder.absolute()}".encode()).hexdigest()[:8]
    config = WorkerConfig(
        plan=plan,
        study=queue.study_name,
        source=request.source,
        url=queue.url,
        pool_id=f"cluster {driver}" if nodes else secrets.token_hex(4),
        folder=folder,
        trackers=tuple(trackers),
    )
    if nodes:
        return DaskPool(queue, config, nodes)
    return LocalPool(queue, config, processes or default_workers(request.device))
