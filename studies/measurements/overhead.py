"""`retrograde overhead`: how much time the engine adds to the bare training.

Each round trains one run of the study's baseline twice: with the engine, as a worker does it, and by `train` alone.
The two follow each other in this process, on one thread, in a random order, and the observation is the pair. Storage
and checkpoints are temporary.
"""

from __future__ import annotations

import gc
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tqdm import tqdm

from results.errors import InputError
from results.load import LoadMeter, noise_of
from results.tables import provenance
from results.tables.csv_io import read_table, write_table
from results.tables.table_file import has_table
from results.terminal.folder_lock import lock_folder
from seq2seq_core.interleaving import seconds, shuffled_orders
from seq2seq_core.recipe import Recipe
from seq2seq_core.training import Result, train
from studies.commands.request import Request
from studies.engine.attempt import attempt
from studies.engine.checkpoints import Checkpoints
from studies.engine.pool import notify
from studies.engine.queue import Queue, Worker
from studies.engine.scheduler import enqueue
from studies.engine.storage import default_url, open_storage, parse_url, redact_url
from studies.planning.plan import Plan
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of
from studies.training.train_run import by_length_rows, epoch_row

ENGINE_FIRST, BARE_FIRST = "engine_first", "bare_first"


def measure(request: Request, *, folder: Path, url: str | None, rounds: int, command: Sequence[str]) -> int:
    """Times the rounds, writes their rows and a report into the folder, and returns the exit status.

    `url` names a PostgreSQL storage, None stands for SQLite. Rows of the other kind of storage are kept.
    """
    plan = baseline_alone(request.plan(), seeds=rounds + 1)
    check_postgresql(url)
    storage = "postgresql" if url else "sqlite"
    provenance.prepare(folder)
    torch.set_num_threads(1)
    (variant,) = plan.variants
    settings = {
        "name": request.name,
        "arm": variant.arm,
        "levels": dict(variant.levels),
        "model": variant.setup.model.to_dict(),
        "task": variant.setup.task.to_dict(),
        "training": variant.setup.training.to_dict(),
        **({"code": plan.outside} if plan.outside else {}),
    }
    with lock_folder(folder):
        _refuse_another(folder, {"profile": plan.profile, **settings})
        kept = _rows_of_other_storages(folder, storage)
        started, load = datetime.now(UTC), LoadMeter()
        with (
            TemporaryDirectory(prefix="overhead-", dir=folder) as scratch,
            temporary_queue(Path(scratch), url, f"{request.name}-overhead") as queue,
        ):
            timed = list(time_rounds(queue, plan, Checkpoints(Path(scratch))))
        noise = noise_of([load_beside(load, servers=url is not None)])
        same = {"study": request.name, "profile": plan.profile, "storage": storage}
        write_table(folder, "overhead", [*kept, *({**same, **row} for row in timed)])
        provenance.record(
            folder,
            f"overhead_{storage}",
            command=command,
            profile=plan.profile,
            threads=1,
            gpu=None,
            started=started,
            settings={**settings, "rounds": rounds},
            noise=noise,
        )

        from results.report.ending import report_lines  # takes seconds to import; errors come before

        print(*report_lines(folder, {"overhead"}), sep="\n")
    return 0


def check_postgresql(url: str | None) -> None:
    """Raises InputError for a SQLite storage: without a URL, a measurement makes one of its own."""
    if url and parse_url(url).get_backend_name() == "sqlite":
        raise InputError(
            f"--storage {redact_url(url)}: expected postgresql://USER@HOST/DATABASE, or no --storage for SQLite"
        )


def load_beside(load: LoadMeter, servers: bool) -> dict[str, float | None]:
    """The load during a measurement. That of other processes is unknown with PostgreSQL or Dask: their servers may be
    among them, and their work belongs to what is measured."""
    return load.read() | ({"other_cores": None} if servers else {})


@contextmanager
def temporary_queue(folder: Path, url: str | None, name: str) -> Iterator[Queue]:
    """A new study whose name begins with `name`, on PostgreSQL, where it is removed after the block, or in a SQLite
    file in the folder, which the caller removes."""
    with open_storage(url or default_url(folder)) as storage:
        queue = Queue(storage, f"{name}-{secrets.token_hex(4)}", notify)
        try:
            yield queue
        except KeyboardInterrupt:
            queue.retry_seconds = 0  # an interrupted command does not wait for the storage
            raise
        finally:
            if url:
                queue.retry(lambda: storage.delete_study(queue.study_id))


def baseline_alone(plan: Plan, *, seeds: int) -> Plan:
    """The plan reduced to the baseline at the first level of each factor, without tuning."""
    baseline = next(variant for variant in plan.variants if variant.arm == plan.study.baseline)
    return replace(plan, tuning=None, variants=(baseline,), seeds=tuple(range(seeds)))


def time_rounds(queue: Queue, plan: Plan, checkpoints: Checkpoints) -> Iterator[dict[str, Any]]:
    """The row of overhead.csv for each of the plan's runs but the first, which warms both sides up.

    InputError if a run does not finish as "done".
    """
    positions = enqueue(queue, plan).positions
    orders = shuffled_orders(len(plan.initial_runs) - 1, seed=0, sides=(ENGINE_FIRST, BARE_FIRST))
    rounds = list(zip(plan.initial_runs, [ENGINE_FIRST, *orders], strict=True))
    with tqdm(rounds, desc="overhead", unit="round", mininterval=0.5 if sys.stderr.isatty() else 15) as bar:
        for number, (run, order) in enumerate(bar):
            with_engine = partial(train_with_engine, queue, run, positions, checkpoints)
            if order == ENGINE_FIRST:
                rows, engine_seconds = with_engine()
                result, bare_seconds = train_bare(run)
            else:
                result, bare_seconds = train_bare(run)
                rows, engine_seconds = with_engine()
            check_same(rows, result, run.setup.build_recipe())
            if number:
                yield {
                    "arm": run.variant.arm,
                    "seed": run.seed,
                    "round": number,
                    "order": order,
                    "epochs": len(result.epochs),
                    "bare_seconds": bare_seconds,
                    "engine_seconds": engine_seconds,
                }


def train_with_engine(
    queue: Queue, run: Run, positions: Mapping[str, int], checkpoints: Checkpoints
) -> tuple[Rows, float]:
    """Does the run, which is the next one in the queue, as a worker does -> (its stored rows, seconds).

    InputError if the run does not finish as "done".
    """

    def work() -> None:
        claim = queue.claim(positions, Worker("overhead", socket.gethostname(), os.getpid()))
        assert claim  # a run waits for each round
        attempt(queue, claim, checkpoints, kept_seed=None)

    gc.collect()  # so that neither side pays for the garbage of the other
    elapsed = seconds(work)
    rows = queue.finished_rows()[run.run_id]
    if status_of(rows) != "done":
        reason = rows["runs"][0]["reason"]
        raise InputError(f"seed {run.seed}: the run {status_of(rows)}: {reason}; expected settings that can be trained")
    return rows, elapsed


def train_bare(run: Run) -> tuple[Result, float]:
    """Trains the run without the engine -> (result, seconds)."""
    results = list[Result]()
    gc.collect()
    elapsed = seconds(lambda: results.append(bare(run)))
    return results[0], elapsed


def bare(run: Run) -> Result:
    """The result of the run, trained without the engine."""
    setup, device = run.setup, run.variant.device
    return train(setup.model, setup.task, setup.training, run.seed, device, recipe=setup.build_recipe())


def check_same(rows: Rows, result: Result, recipe: Recipe) -> None:
    """RuntimeError if the engine's rows differ from the result of the bare training: the times are not comparable."""
    engine = rows["convergence"], rows["by_length"]
    bare = [epoch_row(point) for point in result.epochs], by_length_rows(result, recipe)
    if engine != bare:
        raise RuntimeError(f"the engine and the bare training gave different metrics for one run: {engine}, {bare}")


def _refuse_another(folder: Path, asked: Mapping[str, Any]) -> None:
    """InputError if the folder holds rounds of another study or of other settings: a report has one run on several
    storages."""
    now = json.loads(json.dumps(asked))  # as in the file
    for part, held in provenance.read(folder).items():
        if not part.startswith("overhead_"):
            continue
        recorded = {"profile": held["profile"], **held["settings"]}
        differing = [name for name in now if name in recorded and recorded[name] != now[name]]
        if "name" in differing:
            differing = ["study"]  # whose settings are others too
        if differing:
            raise InputError(
                f"{folder} holds the overhead of a run with another {', '.join(differing)}; choose another folder with "
                "--out"
            )


def _rows_of_other_storages(folder: Path, storage: str) -> list[dict[str, Any]]:
    """The existing rows of other kinds of storage. InputError if the table is damaged."""
    if not has_table(folder, "overhead"):
        return []
    table = read_table(folder, "overhead")
    return [{str(name): row[name] for name in row} for row in table[table["storage"] != storage].to_dict("records")]
