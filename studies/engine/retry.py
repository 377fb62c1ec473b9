"""Waiting for what comes back: a database that is being restarted, a disk that is full."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

from results.tables.atomic_write import file_trouble

T = TypeVar("T")

RETRY_SECONDS = 1.0
GIVE_UP_SECONDS = 600.0
PASSING = {
    # A disk or a quota that is full, or a disk that is read-only after an error until it is mounted again.
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS),
    # A device, a file server or a network that does not answer.
    *(errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EPIPE),
    *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET),
    *(errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED),
    # A machine that is short of something, or a file that is in use.
    *(errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ETXTBSY, errno.ENOLCK),
    *(errno.ENFILE, errno.EMFILE, errno.ENOMEM, errno.ENOBUFS),
}
"""The system's errors that may pass. Any other, such as a name that is too long, a folder that is gone or a permission
that is lacking, lasts until somebody mends it."""
LASTING = ("SQLITE_ERROR", "SQLITE_READONLY_DBMOVED")
"""SQLite's errors that do not pass: a table that is gone, a file that was moved."""


class RetryTimeout(Exception):
    """The storage or the disk did not come back in time, or will not; one line that says what was wrong with it."""


def outage(error: BaseException | None) -> OperationalError | OSError | None:
    """What the driver or the system said of a storage or a disk; None of another error.

    What Optuna passes on may be only the last of a chain: where a read is cut off, it reads again, in a session that
    refuses to.
    """
    while error is not None and not isinstance(error, OperationalError | OSError):
        error = error.__cause__ or error.__context__
    return error


class Clock:
    """Seconds in which this process was there to see what others do.

    A process may be stopped, or the machine be put to sleep, with all who are waited for, and on some systems the
    monotonic clock goes on meanwhile. So a gap between two looks at this clock counts only up to a limit.
    """

    def __init__(self) -> None:
        self._looked = time.monotonic()

    def since_last_look(self, most: float) -> float:
        before, self._looked = self._looked, time.monotonic()
        return min(self._looked - before, most)


def retry(
    call: Callable[[], T],
    tell: Callable[[str], None],
    reason: Callable[[BaseException], str] = file_trouble,
    seconds: float = GIVE_UP_SECONDS,
) -> T:
    """Calls until the storage or the disk takes it, which `call` must stand: it may have got through unnoticed.

    `tell` hears, in one line, what is waited for. RetryTimeout after so many seconds, and at once where waiting does not mend
    it; errors that are not the storage's or the disk's pass.
    """
    clock, waited, told = Clock(), 0.0, ""
    while True:
        try:
            return call()
        except (StorageInternalError, OperationalError, OSError) as error:
            trouble = outage(error)
            if trouble is None:
                raise
            gap = clock.since_last_look(seconds / 4)
            waited += gap if told else 0.0  # from the first failure on
            if not _passes(trouble) or waited >= seconds:
                raise RetryTimeout(reason(error)) from error
            if told != (told := reason(error)):  # what is wrong may change while it is waited for
                tell(f"{told}; waiting for it")
            time.sleep(RETRY_SECONDS)


def _passes(trouble: OperationalError | OSError) -> bool:
    if isinstance(trouble, OSError):
        return trouble.errno in PASSING
    return getattr(trouble.orig, "sqlite_errorname", "") not in LASTING
