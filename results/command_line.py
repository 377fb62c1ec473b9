"""What all command lines share: how words are read, and how a command ends, with which exit status and line.

Nothing heavy is imported here, so that `--help`, a refusal and Ctrl-C are quick.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from results.cells import on_a_line
from results.files import InputError

DONE, FAULT, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses. 130 is what shells use for Ctrl-C: 128 and the signal's number."""
LONGEST_LINE = 1000
"""Characters of a message. A longer one repeats a long word of the user, and loses its middle."""

LONGEST_IMPORT = 20.0
"""Seconds; an import that takes longer is interrupted."""


class Parser(argparse.ArgumentParser):
    """argparse, with errors in one line. Options are spelt in full, and a second value never replaces the first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self.register("action", None, _Store)
        self.register("action", "append", _Append)

    def error(self, message: str) -> NoReturn:
        without_urls = re.sub(r"://\S*", "://...", message)  # a URL in the wrong place may hold a password
        say(f"{without_urls}; see {self.prog} --help")
        self.exit(REFUSED)


class _Store(argparse.Action):
    """One value."""

    def __call__(self, _: object, given: argparse.Namespace, value: Any, option: str | None = None) -> None:
        _check_any(self, value)
        earlier = vars(given).setdefault("_stored", {})
        if option and self.dest in earlier:
            raise argparse.ArgumentError(self, f"given twice, as {earlier[self.dest]} and {value}; expected one value")
        earlier[self.dest] = value
        setattr(given, self.dest, value)


class _Append(argparse.Action):
    """Different values, or pairs of a key and a value with different keys."""

    def __call__(self, _: object, given: argparse.Namespace, value: Any, option: str | None = None) -> None:
        _check_any(self, value)
        earlier = getattr(given, self.dest)
        pairs: dict[str, Any] = dict(one if isinstance(one, tuple) else (one, one) for one in earlier)
        key, content = value if isinstance(value, tuple) else (value, value)
        if key in pairs:
            raise argparse.ArgumentError(
                self, f"{key} is given twice, as {pairs[key]} and {content}; expected one value"
            )
        setattr(given, self.dest, [*earlier, value])


def _check_any(action: argparse.Action, value: object) -> None:
    if value == []:  # in `--out=--`, argparse takes the value for its own mark, and removes it
        raise argparse.ArgumentError(action, "'--' is refused; expected one value")


def whole_number(most: int) -> Callable[[str], int]:
    """The type of an argument that is a number from 1 to `most`, a bound that no sensible command reaches."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch("[0-9]{1,12}", text) else 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is refused; expected a whole number from 1 to {most:,}")
        return number

    return read


def path(text: str) -> Path:
    """The type of an argument that names a file or a folder, which need not exist."""
    try:
        return checked_path(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def checked_path(text: str) -> Path:
    """InputError for a name that no file can have, or that JSON and SQLite cannot hold."""
    try:
        utf8 = os.fsencode(text) == text.encode()
    except UnicodeEncodeError:
        utf8 = False
    if not text or not utf8:
        raise InputError(f"{text!r} is refused; expected the name of a file or a folder, in UTF-8")
    try:
        Path(text).lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # the command says what it needs
    except (OSError, ValueError) as error:
        raise InputError(f"{text!r} is refused: {reason(error)}; expected a name that can be opened") from error
    return Path(text)


def say(line: str) -> None:
    """One line for the user on stderr, whatever is in it."""
    line = on_a_line(line)
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 2 :]}"
    print(f"retrograde: {line}", file=sys.stderr)


def reason(error: BaseException) -> str:
    """What the system or the program says of an error; never empty."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def perform(command: Callable[[], int], *, hint: str = "") -> int:
    """Runs a command and returns its exit status, also where it raises.

    `hint` says what to do after an interruption or a fault of the system.
    """
    try:
        return command()
    except SystemExit as stop:  # argparse's way out
        return stop.code if isinstance(stop.code, int) else DONE
    except InputError as error:
        say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        say(f"interrupted{hint}")
        return INTERRUPTED
    except OSError as error:  # such as a disk that is full
        where = f"{error.filename}: " if error.filename else ""
        say(f"{where}{reason(error)}{hint}")
        return FAULT
    except MemoryError:
        say(f"out of memory{hint}")
        return FAULT


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
    status = main(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left takes a moment, and has no way to say anything
    sys.stdout.flush()
    if out.lost and not isinstance(out.lost, BrokenPipeError):  # a reader that has seen enough, as `head`, is no fault
        say(f"standard output: {reason(out.lost)}")
        status = status or FAULT
    sys.exit(status)


class _Interrupt:
    """A signal handler that raises KeyboardInterrupt, but after an import: within one, libraries turn it into other
    errors, or swallow it and are left half imported."""

    def __init__(self) -> None:
        self._first: float | None = None

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
