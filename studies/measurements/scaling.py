"""`retrograde scaling-runs`: how the time of a study grows with its runs, and that of a report with its rows.

A study of short runs is done as `run` does it, from the plan to the tables, in a temporary folder and, on PostgreSQL,
under a random name. On SQLite with local workers, its report is then built several times, and the same runs are trained
one after the other without the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from results.errors import InputError
from results.load import LoadMeter, noise_of
from results.tables import provenance
from results.tables.csv_io import read_tables
from results.tables.scaling_rows import ScalingRows
from results.terminal.folder_lock import lock_folder
from results.terminal.process import INTERRUPTED, say
from results.text import plural
from seq2seq_core.interleaving import seconds
from studies.cluster.connection import ADDRESS, Cluster
from studies.commands.export import export_tables, record_provenance
from studies.commands.pools import connect_nodes, pool_of
from studies.commands.request import Request
from studies.engine.local_pool import default_workers
from studies.engine.pool import notify
from studies.measurements.overhead import bare, check_postgresql, load_beside, temporary_queue
from studies.planning.run_rows import status_of

STUDY = "attention"
ARMS = 4
"""Of the study; a number of runs is a multiple of it."""
SETTINGS = {
    "hidden_size": 8,
    "embedding_size": 8,
    "epochs": 1,
    "steps_per_epoch": 1,
    "batch_size": 4,
    "evaluation_size": 8,
    "test_size": 8,
    "min_length": 1,
    "max_length": 3,
}
"""A run trains for milliseconds, so that the engine takes most of the time."""
SIZES = {provenance.SMOKE: (4, 8), "quick": (100, 300, 1000), "full": (100, 300, 1000, 3000, 10_000)}
"""Profile -> numbers of runs."""
MOST_BARE = 1000
"""The bare training is measured up to so many runs: it has nothing that could grow."""
REPORT_ROUNDS = {provenance.SMOKE: 1, "quick": 3, "full": 3}
"""Profile -> how often a report is timed."""
REPORT_SECONDS = 60.0
"""A report is not timed again once its rounds have taken so long."""


@dataclass(frozen=True)
class Place:
    """Where a study is stored and trained."""

    folder: Path
    url: str | None
    """A PostgreSQL storage; None for SQLite."""
    cluster: Cluster | None
    """None for local workers."""

    @property
    def names(self) -> dict[str, Any]:
        """The columns of scaling.csv that name it."""
        return {"storage": "postgresql" if self.url else "sqlite", "cluster": "dask" if self.cluster else None}

    @property
    def part(self) -> str:
        """Of the provenance."""
        return f"scaling_runs_{self.names['cluster'] or self.names['storage']}"

    @property
    def has_servers(self) -> bool:
        """Whether processes of others belong to what is measured."""
        return bool(self.url or self.cluster)

    def workers(self, given: Sequence[int]) -> Sequence[int]:
        """The numbers of workers to measure, by default one per core, or all of a cluster. InputError, before any
        work, if there are fewer."""
        if self.cluster is None:
            return given or [default_workers("cpu")]
        if self.url:
            raise InputError("--storage is refused with --dask: a driver with SQLite is measured; expected one of both")
        if not ADDRESS.fullmatch(self.cluster.target):
            raise InputError(
                f"--dask {self.cluster.target}: expected tcp://HOST:PORT or tls://HOST:PORT of a scheduler"
            )
        self.cluster.check()
        with self.cluster.connect() as connection:
            there = len(connection.client.nthreads())
        if not there or there < max(given, default=0):
            raise InputError(
                f"--dask {self.cluster.target}: {plural(there, 'worker')}; expected {max(given, default=1)} or more"
            )
        return given or [there]


def measure(*, place: Place, profile: str, sizes: Sequence[int], workers: Sequence[int], command: Sequence[str]) -> int:
    """Times the studies that the folder does not hold yet, writes their rows and the report, and returns the exit
    status. `sizes` are numbers of runs; without `workers`, those of `Place.workers` are measured."""
    check_postgresql(place.url)
    for size in sizes:
        if size % ARMS:
            raise InputError(f"--runs {size} is refused; expected a multiple of {ARMS}, the number of arms of {STUDY}")
    workers, folder = place.workers(workers), place.folder
    torch.set_num_threads(1)
    with lock_folder(provenance.prepare(folder)):
        table = ScalingRows(folder, place.part, command=command, profile=profile, settings={"run": dict(SETTINGS)})
        if table.changed:
            say(f"measured again, as other conditions hold than for the rows in {folder}: {', '.join(table.changed)}")
        planned = [*measurements(place, sizes, workers)]
        table.check_replaced(planned)
        todo = [names for names in planned if not table.has(names)]
        try:
            if todo and profile != provenance.SMOKE:
                warm_up(place)
            for names in todo:
                load = LoadMeter()
                # The report of a study is the same for any number of workers.
                timed = table.has({name: names[name] for name in ("work", "axis", "size", "storage")})
                reports = 0 if timed else REPORT_ROUNDS[profile]
                rows = [*time_study(place, names, reports)] if names["workers"] else [time_bare(names)]
                table.add(rows, load_beside(load, place.has_servers))
        except KeyboardInterrupt:
            notify("interrupted; finished sizes are kept; the same command continues")
            return INTERRUPTED

        from results.report.ending import report_lines  # takes seconds to import; errors come before

        print(*report_lines(folder, {"scaling"}), sep="\n")
    return 0


def measurements(place: Place, sizes: Sequence[int], workers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The columns of scaling.csv that name each study, and each training without the engine, which has no workers."""
    for size in sorted(sizes):
        same = {"work": "study", "axis": "runs", "size": size}
        yield from ({**same, **place.names, "workers": count} for count in workers)
        if not place.has_servers and size <= MOST_BARE:
            yield {**same, "storage": None, "workers": None}


def scaling_request(size: int) -> Request:
    return Request(name=STUDY, profile="quick", seeds=size // ARMS, settings=SETTINGS)


def warm_up(place: Place) -> None:
    """The smallest study with its report, and a bare training: the first of each imports large packages."""
    names = {"size": ARMS, "workers": 1}
    for _ in time_study(place, names, reports=1):
        pass
    time_bare(names)


def time_study(place: Place, names: dict[str, Any], reports: int) -> Iterator[dict[str, Any]]:
    """The row of a study, and on SQLite with local workers those of its report."""
    with TemporaryDirectory(prefix="scaling-", dir=place.folder) as scratch:
        inside = replace(place, folder=Path(scratch))
        with ExitStack() as removed:  # after the time is taken
            elapsed = seconds(partial(do_study, inside, scaling_request(names["size"]), names["workers"], removed))
        yield {**names, "round": 1, "calls": 1, "seconds": elapsed}
        if not place.has_servers:
            yield from time_reports(inside.folder, reports)


def do_study(place: Place, request: Request, workers: int, removed: ExitStack) -> None:
    """Does what `run` does up to the tables; `removed` then removes the study. InputError if a run does not finish as
    "done"."""
    load, plan, folder = LoadMeter(), request.plan(), place.folder
    queue = removed.enter_context(temporary_queue(folder, place.url, f"{request.name}-scaling"))
    with ExitStack() as connected:
        cluster = place.cluster and replace(place.cluster, workers=(workers, workers))
        nodes = connect_nodes(connected, cluster, request, plan) if cluster else None
        pool = pool_of(queue, request, plan, folder, (), nodes=nodes, processes=workers)
        progress = pool.run()
    if progress.unfinished:
        raise InputError(f"{pool.why_ended}; the measurement of {plural(plan.size, 'run')} is not finished")
    failed = sum(status_of(rows) != "done" for rows in progress.finished.values())
    if failed:
        raise InputError(f"{plural(failed, 'run')} failed; expected runs that can be trained")
    export_tables(folder, request.name, plan, progress.finished)
    record_provenance(
        folder,
        request.name,
        plan,
        progress.finished,
        queue.trials(),
        command=[],
        device=request.device,
        noise=noise_of([load.read()]),
    )


def time_reports(folder: Path, rounds: int) -> Iterator[dict[str, Any]]:
    """The rows of the report of a folder."""
    from results.report.build import build

    names = {"work": "report", "axis": "rows", "size": sum(map(len, read_tables(folder).values())), "calls": 1}
    spent = 0.0
    for number in range(1, rounds + 1):
        if spent < REPORT_SECONDS:
            elapsed = seconds(partial(build, folder))
            spent += elapsed
            yield {**names, "round": number, "seconds": elapsed}


def time_bare(names: dict[str, Any]) -> dict[str, Any]:
    """The row of the runs of a study, one after the other without the engine."""
    runs = scaling_request(names["size"]).plan().initial_runs
    return {**names, "round": 1, "calls": 1, "seconds": seconds(lambda: [bare(run) for run in runs])}
