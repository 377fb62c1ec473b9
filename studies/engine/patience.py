"""Waiting for what comes back: a database that is being restarted, a disk that is full."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

T = TypeVar("T")

RETRY_SECONDS = 1.0
GIVE_UP_SECONDS = 600.0


class GaveUp(Exception):
    """The storage or the disk did not come back in time; one line that says what was wrong with it."""


def outage(error: BaseException | None) -> OperationalError | OSError | None:
    """What the driver or the system said, of an error that waiting may mend; None of another.

    What Optuna passes on may be only the last of a chain: where a read is cut off, it reads again, in a session that
    refuses to.
    """
    while error is not None and not isinstance(error, OperationalError | OSError):
        error = error.__cause__ or error.__context__
    return error


def disk_reason(error: BaseException) -> str:
    """What the system says of a file, in one line."""
    return f"{error.filename or 'writing'}: {error.strerror}" if isinstance(error, OSError) else str(error)


def insist(
    call: Callable[[], T],
    tell: Callable[[str], None],
    reason: Callable[[BaseException], str] = disk_reason,
    seconds: float = GIVE_UP_SECONDS,
) -> T:
    """Calls until the storage or the disk takes it, which `call` must stand: it may have got through unnoticed.

    `tell` hears, in one line, what is waited for. GaveUp after so many seconds; errors that waiting does not mend
    pass at once.
    """
    end: float | None = None
    told = ""
    while True:
        try:
            return call()
        except (StorageInternalError, OperationalError, OSError) as error:
            if outage(error) is None:
                raise
            now = time.monotonic()
            if now >= (now + seconds if end is None else end):
                raise GaveUp(reason(error)) from error
            end = now + seconds if end is None else end
            if told != (told := reason(error)):  # what is wrong may change while it is waited for
                tell(f"{told}; waiting for it")
            time.sleep(RETRY_SECONDS)
