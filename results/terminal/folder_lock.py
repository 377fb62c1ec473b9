"""One command at a time in an output folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from results.errors import InputError

LOCK = "study.lock"


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Locks the folder until the block or the process ends; InputError if another process has locked it."""
    try:
        lock = FileLock(folder / LOCK).acquire(blocking=False)
    except Timeout as error:
        raise InputError(
            f"{folder}: another command is using it; wait until it has finished, or choose another with --out"
        ) from error
    with lock:
        yield
