"""What measurements of the engine share: the check of their storage, the load, a study that is removed afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from results.load import LoadMeter
from results.tables.atomic_write import InputError
from studies.engine.pool import notify
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage, parse_url, redact_url


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
