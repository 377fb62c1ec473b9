"""What `python -m studies overhead` does: what the engine costs, measured side by side with the bare training.

Runs of the study's baseline wait in a real storage and are done in this process, on one thread. The storage, or the
study in it, and the checkpoints are the measurement's own and are gone afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from results.report.overhead import overhead_verdicts
from results.tables import provenance
from results.tables.atomic_write import InputError
from results.tables.csv_io import read_table, write_table
from results.tables.table_file import has_table
from results.terminal.process import INTERRUPTED
from studies.commands.request import Request
from studies.commands.side_by_side import time_rounds
from studies.engine.checkpoints import Checkpoints
from studies.engine.folder_lock import lock
from studies.engine.pool import say
from studies.engine.queue import Queue
from studies.engine.storage import open_storage, parse, shown, url_in
from studies.planning.plan import Plan


def measure(request: Request, *, folder: Path, url: str | None, rounds: int, command: Sequence[str]) -> int:
    """Times so many rounds, writes their rows and a report into the folder, and returns the exit status.

    `url` is a PostgreSQL storage's, None for SQLite. Rows that were measured on the other kind of storage stay.
    """
    plan = baseline_alone(request.plan(), seeds=rounds + 1)
    if url and parse(url).get_backend_name() == "sqlite":
        raise InputError(f"--storage {shown(url)}: expected postgresql://USER@HOST/DATABASE, or none at all for SQLite")
    storage = "postgresql" if url else "sqlite"
    provenance.prepare(folder)
    torch.set_num_threads(1)
    with lock(folder):
        kept = _rows_of_others(folder, storage)
        started = datetime.now(UTC)
        try:
            with _own_queue(folder, url, request.name) as (queue, checkpoints):
                timed = list(time_rounds(queue, plan, checkpoints))
        except KeyboardInterrupt:
            say("interrupted; a measurement that was cut off leaves no rows")
            return INTERRUPTED
        same = {"study": request.name, "profile": plan.profile, "storage": storage}
        write_table(folder, "overhead", [*kept, *({**same, **row} for row in timed)])
        (variant,) = plan.variants
        provenance.record(
            folder,
            f"overhead_{storage}",
            command=command,
            profile=plan.profile,
            threads=1,
            gpu=None,
            started=started,
            settings={
                "name": request.name,
                "rounds": rounds,
                "arm": variant.arm,
                "levels": dict(variant.levels),
                "model": variant.setup.model.to_dict(),
                "task": variant.setup.task.to_dict(),
                "training": variant.setup.training.to_dict(),
            },
        )

        from results.report.build import build  # drawing takes seconds to import; refusals do without it

        for verdict in overhead_verdicts(read_table(folder, "overhead")):
            print(verdict)
        print(f"report: {build(folder)}")
    return 0


def baseline_alone(plan: Plan, *, seeds: int) -> Plan:
    """The runs of the study's baseline at the first level of each factor, and nothing of a tuning."""
    baseline = next(variant for variant in plan.variants if variant.arm == plan.study.baseline)
    return replace(plan, tuning=None, variants=(baseline,), seeds=tuple(range(seeds)))


@contextmanager
def _own_queue(folder: Path, url: str | None, study: str) -> Iterator[tuple[Queue, Checkpoints]]:
    """A study that nobody else knows, and a place for its checkpoints on the folder's disk; both for the block only."""
    with (
        TemporaryDirectory(prefix="overhead-", dir=folder) as scratch,
        open_storage(url or url_in(Path(scratch))) as storage,
    ):
        queue = Queue(storage, f"{study}-overhead-{secrets.token_hex(4)}", say)
        try:
            yield queue, Checkpoints(Path(scratch))
        except KeyboardInterrupt:
            queue.patience = 0  # whoever asks for an end waits for nothing
            raise
        finally:
            queue.retry(lambda: storage.delete_study(queue.study_id))


def _rows_of_others(folder: Path, storage: str) -> list[dict[str, Any]]:
    """The rows that are there, but those of this kind of storage. InputError if the table is damaged."""
    if not has_table(folder, "overhead"):
        return []
    table = read_table(folder, "overhead")
    return [{str(name): row[name] for name in row} for row in table[table["storage"] != storage].to_dict("records")]
