"""The rows of a session, each written down as it comes in, so that a session that was cut off goes on where it stopped.

Until a session is finished its rows are in a file of their own, `unfinished/<session>.jsonl` in the output folder, one
line a candidate; the tables beside it are those of the session before. The same session under the same conditions goes
on with the file; under others it begins anew, for rows that are compared were measured alike.

Every line has a digest of itself and of the conditions, so a line that was damaged is known, and costs no other line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from results.tables.atomic_write import InputError, reason_of, replace_file

Rows = list[dict[str, Any]]
FOLDER = "unfinished"


class NotWrittenError(Exception):
    """The disk did not take a row; what was written before it is kept."""


class Ledger:
    """What this session, and the one that it goes on with, have measured."""

    def __init__(self, out: Path, session: Sequence[str], conditions: Mapping[str, Any]) -> None:
        """`session` says what is measured and `conditions` how, in plain JSON. Nothing is written yet.

        InputError if what the folder holds of the same session cannot be read.
        """
        self.path = out / FOLDER / f"{hashlib.sha256(json.dumps(session).encode()).hexdigest()[:12]}.jsonl"
        self.entries: dict[tuple[str, ...], dict[str, Rows]] = {}
        """Rows by table, under the name of what was measured."""
        self.started = datetime.now(UTC)
        """When the first of the sessions that this one goes on with began."""
        self.changed: list[str] = []
        """Which conditions are others than those of an unfinished session; its rows are then left out."""
        self.damaged = 0
        """How many lines of the file are not as they were written; they are left out."""
        self.torn = False
        """Whether the file ends in the middle of a line, as a session that was cut off leaves it."""
        self._conditions = dict(conditions)
        self._lines = [_line(self._conditions, {"conditions": self._conditions})]
        """What the file should begin with."""
        self._in_file = False
        """Whether the file begins with these lines."""
        self._read()

    def rows(self, table: str) -> Rows:
        """All rows of a table, in the order they came in."""
        return [row for tables in self.entries.values() for row in tables.get(table, ())]

    def enter(self, name: tuple[str, ...], tables: dict[str, Rows]) -> None:
        """Writes down the rows that were measured under a name. NotWrittenError where the disk does not take them."""
        line = _line(self._conditions, {"started": self.started.isoformat(), "name": name, "tables": tables})
        try:
            self.path.parent.mkdir(exist_ok=True)
            if not self._in_file:
                self._begin()
            with self.path.open("r+b") as file:
                file.seek(sum(map(len, self._lines)))  # over a line that was torn
                file.write(line)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise NotWrittenError(f"{self.path}: {reason_of(error)}") from error
        self._lines.append(line)
        self.entries[name] = tables

    @property
    def aside(self) -> Path:
        """Where a file with damaged lines is kept once a row is written, for anyone who wants to know why."""
        return self.path.with_suffix(".damaged")

    def remove(self) -> None:
        """Removes the file: its rows are in the tables now."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # unfinished rows of other sessions are in it
            self.path.parent.rmdir()

    def _begin(self) -> None:
        if self.damaged:
            shutil.copyfile(self.path, self.aside)
        replace_file(self.path, b"".join(self._lines))
        self._in_file = True

    def _read(self) -> None:
        try:
            content = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be read: {reason_of(error)}; expected the rows of an unfinished session"
            ) from error
        *lines, rest = content.split(b"\n")
        self.torn = bool(rest)
        for line in lines:
            entry = _content(line, self._conditions)
            if entry is None:
                self.damaged += 1
            elif "conditions" in entry:
                theirs = entry["conditions"]
                self.changed = [name for name, ours in self._conditions.items() if theirs.get(name) != ours]
            else:
                self.entries[tuple(entry["name"])] = entry["tables"]
                self.started = min(self.started, datetime.fromisoformat(entry["started"]))
                self._lines.append(line + b"\n")
        if self.changed:
            self.damaged = 0  # under other conditions no line of theirs has the digest that it should have
        self._in_file = not self.damaged and content.startswith(b"".join(self._lines))


def _line(conditions: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
    return f"{json.dumps({**content, 'digest': _digest(conditions, content)})}\n".encode()


def _content(line: bytes, conditions: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `_line` made the line of, under these conditions or, if it is a first line, any; None if it is damaged."""
    with contextlib.suppress(ValueError, RecursionError):  # not UTF-8, or not JSON
        content = json.loads(line.decode())
        if isinstance(content, dict):
            digest = content.pop("digest", None)
            if digest == _digest(content.get("conditions", conditions), content):
                return content
    return None


def _digest(conditions: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([conditions, content], sort_keys=True).encode()).hexdigest()[:16]
