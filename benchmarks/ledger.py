"""The rows of a session, each written down as it comes in, so that a session that was cut off goes on where it stopped.

Until a session is finished its rows are in a file of their own, `unfinished/<command>.jsonl` in the output folder, one
line a candidate; the tables beside it are those of the session before. A session with the same command under the same
conditions goes on with the file; under others it begins anew, for rows that are compared were measured alike.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
FOLDER = "unfinished"


class NotWrittenError(Exception):
    """The disk did not take a row; what was written before it is kept."""


class Ledger:
    """What this session, and the one that it goes on with, have measured."""

    def __init__(self, out: Path, command: Sequence[str], conditions: Mapping[str, Any]) -> None:
        """`conditions` is plain JSON. What the file holds of the same command is read; nothing is written yet."""
        self.path = out / FOLDER / f"{hashlib.sha256(json.dumps(command).encode()).hexdigest()[:12]}.jsonl"
        self.entries: dict[tuple[str, ...], dict[str, Rows]] = {}
        """Rows by table, under the name of what was measured."""
        self.started = datetime.now(UTC)
        """When the first of the sessions that this one goes on with began."""
        self.changed: list[str] = []
        """Which conditions are others than those of an unfinished session; its rows are then left out."""
        self._conditions = dict(conditions)
        self._written = 0
        """Bytes at the beginning of the file that are whole lines of this ledger."""
        self._read()

    def rows(self, table: str) -> Rows:
        """All rows of a table, in the order they came in."""
        return [row for tables in self.entries.values() for row in tables.get(table, ())]

    def enter(self, name: tuple[str, ...], tables: dict[str, Rows]) -> None:
        """Writes down the rows that were measured under a name. NotWrittenError where the disk does not take them."""
        head = {"conditions": self._conditions, "started": self.started.isoformat()}
        content = (b"" if self._written else _line(head)) + _line({"name": name, "tables": tables})
        try:
            self.path.parent.mkdir(exist_ok=True)
            with self.path.open("r+b" if self._written else "wb") as file:
                file.seek(self._written)  # over a line that was torn; what is left of it has no end, and is not read
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise NotWrittenError(f"{self.path}: {error.strerror}") from error
        self._written += len(content)
        self.entries[name] = tables

    def remove(self) -> None:
        """Removes the file: its rows are in the tables now."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # unfinished rows of other commands are in it
            self.path.parent.rmdir()

    def _read(self) -> None:
        if not self.path.exists():
            return
        *lines, _ = self.path.read_bytes().split(b"\n")  # what follows the last end of a line was torn
        for line in lines:
            entry = json.loads(line)
            if "name" in entry:
                self.entries[tuple(entry["name"])] = entry["tables"]
            else:
                theirs = entry["conditions"]
                self.changed = [name for name, ours in self._conditions.items() if theirs.get(name) != ours]
                if self.changed:
                    return
                self.started = datetime.fromisoformat(entry["started"])
            self._written += len(line) + 1


def _line(entry: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(entry)}\n".encode()
