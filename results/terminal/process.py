"""A command as a process: its exit statuses, its standard streams, and what a signal does to it.

Nothing heavy is imported here, so that a signal is handled from the first import on.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NoReturn

from results.tables.atomic_write import reason_of
from results.tables.column import on_a_line

DONE, FAULT, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses. 130 is what shells use for Ctrl-C: 128 and the signal's number."""
LONGEST_LINE = 1000
"""Characters of a message. A longer one repeats a long word of the user, and loses its middle."""
LONGEST_IMPORT = 20.0
"""Seconds; an import that takes longer is interrupted."""


def say(line: str) -> None:
    """One line for the user on stderr, whatever is in it."""
    line = on_a_line(line)
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    print(f"retrograde: {line}", file=sys.stderr)


def start(main: Callable[[Sequence[str]], int]) -> NoReturn:
    """Runs a command line as this process, and ends the process with its exit status."""
    for descriptor in range(3):
        _fill(descriptor)
    out, _ = _take_over("stdout", 1), _take_over("stderr", 2)
    interrupt = _Interrupt()
    # What a scheduler or a closing terminal sends ends a command in order, as Ctrl-C does; nohup's wish is respected.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        status = main(sys.argv[1:])
    except BaseException as error:
        # Libraries turn KeyboardInterrupt into errors of their own. After an interruption, it is the cause.
        if not interrupt.received:
            raise
        if not isinstance(error, SystemExit):
            say("interrupted; what is finished is kept")
    status = INTERRUPTED if interrupt.received else status
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left takes a moment, and has no way to say anything
    sys.stdout.flush()
    if out.lost and not isinstance(out.lost, BrokenPipeError):  # a reader that has seen enough, as `head`, is no fault
        say(f"standard output: {reason_of(out.lost)}")
        status = status or FAULT
    sys.exit(status)


class _Interrupt:
    """A signal handler that raises KeyboardInterrupt, but after an import: within one, libraries turn it into other
    errors, or swallow it and are left half imported."""

    def __init__(self) -> None:
        self._first: float | None = None

    @property
    def received(self) -> bool:
        return self._first is not None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        self._first = self._first or now
        if _importing(frame) and now < self._first + LONGEST_IMPORT:
            threading.Timer(0.05, signal.raise_signal, [number]).start()
        else:
            raise KeyboardInterrupt


def _importing(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class _Stream(io.FileIO):
    """A standard stream that never stops a command: what it does not take is dropped.

    A command may work for hours; that nobody reads its lines any more is no reason to end.
    """

    lost: OSError | None = None
    """Why something was dropped."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.lost = error
            return memoryview(data).nbytes


def _fill(number: int) -> None:
    """Opens devnull in the place of a standard stream that is closed: else the next file that is opened gets its
    number, and whatever is written to the stream."""
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
        os.set_inheritable(number, True)
        if nowhere != number:
            os.close(nowhere)


def _take_over(name: str, number: int) -> _Stream:
    """Replaces Python's stream, None if it was closed; what its encoding lacks is written as an escape."""
    stream, old = _Stream(number, "w", closefd=False), getattr(sys, name)
    new = io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=old.encoding if old else "utf-8",
        errors="backslashreplace",
        line_buffering=name == "stderr" or stream.isatty() or bool(old and old.write_through),
    )
    setattr(sys, name, new)
    return stream
