"""The argument parser of all command lines, types of arguments, and errors as exit statuses."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from results.tables.atomic_write import InputError, file_trouble, reason_of
from results.terminal.process import DONE, FAULT, INTERRUPTED, REFUSED, say


class Parser(argparse.ArgumentParser):
    """argparse with errors on one line. Options cannot be abbreviated or given twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self.register("action", None, _Store)
        self.register("action", "append", _Append)

    def error(self, message: str) -> NoReturn:
        without_urls = re.sub(r"://\S*", "://...", message)  # a URL in the wrong place may contain a password
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
    if value == []:  # argparse removes the value in `--out=--`
        raise argparse.ArgumentError(action, "'--' is refused; expected one value")


def positive_integer(most: int) -> Callable[[str], int]:
    """The type of an argument that is an integer from 1 to `most`, a bound above every sensible value."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch("[0-9]{1,12}", text) else 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is refused; expected an integer from 1 to {most:,}")
        return number

    return read


def path(text: str) -> Path:
    """The type of an argument that names a file or a folder, which may not exist."""
    try:
        return checked_path(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def checked_path(text: str) -> Path:
    """Raises InputError for a name that no file can have, or that JSON and SQLite cannot store."""
    try:
        utf8 = os.fsencode(text) == text.encode()
    except UnicodeEncodeError:
        utf8 = False
    if not text or not utf8:
        raise InputError(f"{text!r} is refused; expected the name of a file or a folder, in UTF-8")
    try:
        Path(text).lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # the command checks what it needs
    except (OSError, ValueError) as error:
        raise InputError(f"{text!r} is refused: {reason_of(error)}; expected a name that can be opened") from error
    return Path(text)


def run_command(command: Callable[[], int], *, hint: str = "") -> int:
    """Runs a command and returns its exit status; reports errors on one line.

    `hint` says what to do after an interruption or an error of the system.
    """
    try:
        return command()
    except SystemExit as stop:  # raised by argparse
        return stop.code if isinstance(stop.code, int) else DONE
    except InputError as error:
        say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        say(f"interrupted{hint}")
        return INTERRUPTED
    except OSError as error:  # such as a full disk
        say(f"{file_trouble(error)}{hint}")
        return FAULT
    except MemoryError:
        say(f"out of memory{hint}")
        return FAULT
