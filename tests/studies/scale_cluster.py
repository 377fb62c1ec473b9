"""How much a driver of a cluster can do: a script, as it takes minutes.

    PYTHONPATH=.:tests/studies python tests/studies/scale_cluster.py FOLDER --nodes 16 --runs 2000
    PYTHONPATH=.:tests/studies python tests/studies/scale_cluster.py FOLDER --nodes 500 --runs 2000 --sleep

The nodes are real workers of Dask on this machine. With `--sleep` they train nothing: a run is four parts, and a part
sleeps as long as a real one lasts, so that this machine holds many nodes; 125 of them share a process. With `--seconds
S`, parts last S seconds instead: short ones show how many the driver takes in a second. What is printed is the work of
the driver and of the scheduler: their processor time, which hardly depends on how busy the machine is, and memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import resource
import subprocess
import sys
import time
from pathlib import Path

import dask
import distributed
import psutil

import studies.cluster.pool
from seq2seq_core.training import EpochMetrics
from studies.cluster.connection import Cluster
from studies.cluster.node import Part
from studies.cluster.nodes import Nodes
from studies.engine.pool import notify
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage
from studies.engine.worker import WorkerConfig
from studies.measurements.scaling import ARMS, scaling_request
from studies.planning.run_rows import rows_without_metrics
from studies.training.run_task import Task

NODES_A_PROCESS = 125
PARTS = 4
QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "10s",
}
"""Settings of a node that sleeps. By default a node looks at itself a hundred times a second, which 500 nodes on one
machine cannot do; what it sends to the scheduler is the same."""
CHECKPOINT_BYTES = 200_000
"""About that of the study `attention` at the profile quick."""


def sleep_part(task: bytes, source: str | None, known: int, seconds: float) -> Part:
    """A part of a run of as many epochs as parts, without a training."""
    loaded: Task = pickle.loads(task)
    time.sleep(seconds)
    epoch = known + 1
    point = EpochMetrics(epoch * loaded.run.setup.training.steps_per_epoch, epoch, 1.0, 1.0, 0.5, 0.5)
    rows = rows_without_metrics("done", "") if epoch == PARTS else None
    return Part((point,), os.urandom(CHECKPOINT_BYTES), rows)


async def host(address: str, nodes: int) -> None:
    """Workers in this process, until it is killed."""
    if nodes > 1:
        dask.config.set(QUIET)
    workers = [distributed.Worker(address, nthreads=1, dashboard=False, host="127.0.0.1") for _ in range(nodes)]
    await asyncio.gather(*workers)
    await asyncio.Event().wait()


def start_nodes(address: str, folder: Path, nodes: int, sleep: bool) -> list[subprocess.Popen[bytes]]:
    each = NODES_A_PROCESS if sleep else 1
    sizes = [min(each, nodes - first) for first in range(0, nodes, each)]
    words = [sys.executable, __file__, str(folder), "--host", address, "--nodes"]
    return [subprocess.Popen([*words, str(size)], stderr=subprocess.DEVNULL) for size in sizes]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--sleep", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--host")
    given = parser.parse_args()
    if given.host:
        asyncio.run(host(given.host, given.nodes))
    given.folder.mkdir(parents=True)
    file = given.folder / "scheduler.json"
    command = ["dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    processes = [subprocess.Popen([Path(sys.executable).with_name("dask"), *command[1:]], stderr=subprocess.DEVNULL)]
    try:
        while not file.exists() or not file.read_text().endswith("}"):
            time.sleep(0.1)
        address = distributed.Client(scheduler_file=file, set_as_default=False).scheduler.address
        processes += start_nodes(address, given.folder, given.nodes, given.sleep)
        if given.sleep:
            studies.cluster.pool.train_part = sleep_part
        if given.seconds is not None:
            studies.cluster.pool.PART_SECONDS, studies.cluster.pool.PART_SECONDS_A_NODE = given.seconds, 0.0
        measure(address, given.folder, given.nodes, given.runs, psutil.Process(processes[0].pid))
    finally:
        for process in reversed(processes):
            process.kill()


def measure(address: str, folder: Path, nodes: int, runs: int, scheduler: psutil.Process) -> None:
    plan = scaling_request(runs // ARMS * ARMS).plan()
    with Cluster(address, None, None).connect() as connection, open_storage(default_url(folder)) as storage:
        queue = Queue(storage, "scale", notify)
        config = WorkerConfig(plan=plan, study="scale", url=queue.url, pool_id="scale", folder=folder)
        cluster = Nodes(connection, plan, "attention", None, "cpu")
        while len(cluster.ready) < nodes:
            cluster.refresh(notify)
            time.sleep(0.2)
        memory, cpu, wall = psutil.Process().memory_info().rss, time.process_time(), time.monotonic()
        others = sum(scheduler.cpu_times()[:2])
        progress = studies.cluster.pool.DaskPool(queue, config, cluster).run()
        cpu, wall, others = time.process_time() - cpu, time.monotonic() - wall, sum(scheduler.cpu_times()[:2]) - others
        trials = queue.trials()
        assert len(trials) == len(progress.finished) == plan.size, "a run was not trained once"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{plan.size} runs on {nodes} nodes: {wall:.0f} s, each trained once")
    parts = sum(len(trial.intermediate_values) for trial in trials)
    print(f"{parts} parts, {parts / wall:.1f} a second")
    for name, seconds in (("driver", cpu), ("scheduler", others)):
        each = f"{1000 * seconds / plan.size:.1f} ms of processor time a run, {1000 * seconds / parts:.1f} ms a part"
        print(f"the {name}: {each}, busy {100 * seconds / wall:.0f}% of the time")
    print(f"memory of the driver: {memory / 2**20:.0f} MiB at the start, at most {peak / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
