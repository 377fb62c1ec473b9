"""Retries for failures that may pass: a database that restarts, a full disk, a network that does not answer."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import DatabaseError, OperationalError

from results.errors import InputError, file_trouble

T = TypeVar("T")

RETRY_SECONDS = 1.0
RETRY_TIMEOUT_SECONDS = 600.0
TRANSIENT_ERRNOS = {
    # A disk or a quota that is full, or a disk that is read-only after an error until it is mounted again.
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS),
    # A device, a file server or a network that does not answer.
    *(errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EPIPE),
    *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET),
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED),
    # A machine that is short of a resource, or a file that is in use.
    *(errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ETXTBSY, errno.ENOLCK),
    *(errno.ENFILE, errno.EMFILE, errno.ENOMEM, errno.ENOBUFS),
}
"""Errors of the system that may pass. Others, such as a missing folder or permission, need the user."""
PERMANENT_SQLITE_ERRORS = ("SQLITE_ERROR", "SQLITE_READONLY_DBMOVED", "SQLITE_CORRUPT", "SQLITE_NOTADB")
"""SQLite's errors that do not pass: a missing table, a file that was moved or is damaged."""


class RetryTimeout(Exception):
    """The storage or the disk is still unavailable after the timeout, or its error cannot pass. The message is one line
    that says what is wrong."""


def find_outage(error: BaseException | None) -> DatabaseError | OSError | None:
    """The error of the database driver or the system behind an error; None if there is no such error behind it.

    Optuna may raise the last error of a chain: after a read that is cut off, it reads again in a broken session.
    SQLite's errors of a damaged file are a plain DatabaseError, of no subclass.
    """
    while error is not None:
        if isinstance(error, OperationalError | OSError) or type(error) is DatabaseError:
            return error
        error = error.__cause__ or error.__context__
    return None


@contextmanager
def keep_interrupts() -> Iterator[None]:
    """Raises the KeyboardInterrupt of the block where an error has replaced it.

    A driver that cleans up an interrupted query may fail in turn, and only its error leaves the block.
    """
    handled = sys.exception()  # an interrupt before the block is not one of the block
    try:
        yield
    except Exception as error:
        behind: BaseException | None = error
        while behind is not None and behind is not handled:
            if isinstance(behind, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            behind = behind.__cause__ or behind.__context__
        raise


class CappedClock:
    """Measures time between calls, up to a limit.

    This process may be stopped, or the machine may sleep, together with the processes that it waits for. On some
    systems the monotonic clock runs on meanwhile, so a long gap between two calls must not count in full.
    """

    def __init__(self) -> None:
        self._last = time.monotonic()

    def elapsed(self, limit: float) -> float:
        """Seconds since the last call, at most `limit`."""
        before, self._last = self._last, time.monotonic()
        return min(self._last - before, limit)


def retry(
    call: Callable[[], T],
    notify: Callable[[str], None],
    reason: Callable[[BaseException], str] = file_trouble,
    timeout: float = RETRY_TIMEOUT_SECONDS,
) -> T:
    """Calls until the storage and the disk are available. `call` must be idempotent: a failed call may have had effect.

    `notify` gets one line for each new reason to wait. Raises RetryTimeout after `timeout` seconds, or at once if the
    error cannot pass. Errors that do not come from the storage or the disk are raised as they are.
    """
    clock, waited, last_reason = CappedClock(), 0.0, ""
    while True:
        try:
            with keep_interrupts():
                return call()
        except (StorageInternalError, DatabaseError, OSError, InputError) as error:
            outage = find_outage(error)
            if outage is None:
                raise
            elapsed = clock.elapsed(timeout / 4)
            waited += elapsed if last_reason else 0.0  # from the first failure on
            if not _is_transient(outage) or waited >= timeout:
                raise RetryTimeout(reason(outage)) from error
            if last_reason != (last_reason := reason(outage)):  # the reason may change during the wait
                notify(f"{last_reason}; retrying")
            time.sleep(RETRY_SECONDS)


def _is_transient(outage: DatabaseError | OSError) -> bool:
    if isinstance(outage, OSError):
        return outage.errno in TRANSIENT_ERRNOS
    return getattr(outage.orig, "sqlite_errorname", "") not in PERMANENT_SQLITE_ERRORS
