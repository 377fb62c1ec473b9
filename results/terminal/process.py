"""A command as a process: exit statuses, standard streams and signals.

This module imports nothing heavy, so that signals are handled from the start.
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

from results.errors import reason_of
from results.text import single_line

DONE, FAULT, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses. 130 is what shells use for Ctrl-C: 128 and the signal's number."""
LONGEST_LINE = 1000
"""The most characters of a message; the middle of a longer one, which repeats a user's word, is cut."""
LONGEST_IMPORT = 20.0
"""In seconds. An import that takes longer is interrupted."""
_FORKS = f"multiprocessing{os.sep}popen_fork.py"
"""The module that forks."""


def say(line: str) -> None:
    """Prints one line for the user on stderr; control characters become spaces."""
    line = single_line(line)
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    print(f"retrograde: {line}", file=sys.stderr)


def start(main: Callable[[Sequence[str]], int]) -> NoReturn:
    """Runs a command line, then ends the process with its exit status."""
    for descriptor in range(3):
        _fill(descriptor)
    out, _ = _take_over("stdout", 1), _take_over("stderr", 2)
    interrupt = _Interrupt()
    # Signals of a scheduler or a closing terminal end a command in order, as Ctrl-C does; nohup ignores SIGHUP.
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        status = main(sys.argv[1:])
    except BaseException as error:
        # Libraries turn KeyboardInterrupt into other errors. After an interruption, it is the cause.
        if not interrupt.received:
            raise
        if not isinstance(error, SystemExit):
            say("interrupted; run the same command again")
    status = INTERRUPTED if interrupt.received else status
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)  # the rest takes a moment and cannot report an interruption
    sys.stdout.flush()
    if out.lost and not isinstance(
        out.lost, BrokenPipeError
    ):  # a reader that closes early, such as `head`, is no error
        say(f"standard output: {reason_of(out.lost)}")
        status = status or FAULT
    sys.exit(status)


class _Interrupt:
    """A signal handler that raises KeyboardInterrupt, but not during an import or a fork.

    During an import, libraries turn it into other errors, or suppress it and stay partly imported. What is called after
    a fork, such as the release of logging's lock, loses it.
    """

    def __init__(self) -> None:
        self._first: float | None = None

    @property
    def received(self) -> bool:
        return self._first is not None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        self._first = self._first or now
        if _cannot_raise(frame) and now < self._first + LONGEST_IMPORT:
            threading.Timer(0.05, signal.raise_signal, [number]).start()
        else:
            raise KeyboardInterrupt


def _cannot_raise(frame: FrameType | None) -> bool:
    """Whether an import, or the fork of a process of `multiprocessing`, is in progress."""
    while frame:
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib") or file.endswith(_FORKS):
            return True
        frame = frame.f_back
    return False


class _Stream(io.FileIO):
    """A standard stream that drops what it cannot write.

    A command may run for hours and must not end because its output is no longer read.
    """

    lost: OSError | None = None
    """The error of the last write that was dropped."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.lost = error
            return memoryview(data).nbytes


def _fill(number: int) -> None:
    """Opens devnull for a closed standard stream.

    Otherwise the next opened file gets its number, and receives what is written to the stream.
    """
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
        os.set_inheritable(number, True)
        if nowhere != number:
            os.close(nowhere)


def _take_over(name: str, number: int) -> _Stream:
    """Replaces Python's stream, which is None if it was closed; unencodable characters become escapes."""
    stream, old = _Stream(number, "w", closefd=False), getattr(sys, name)
    new = io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=old.encoding if old else "utf-8",
        errors="backslashreplace",
        line_buffering=name == "stderr" or stream.isatty() or bool(old and old.write_through),
    )
    setattr(sys, name, new)
    return stream
