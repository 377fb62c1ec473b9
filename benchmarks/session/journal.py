"""The journal of a session: its finished rows on disk, so that an interrupted session can be resumed.

Until a session is complete, its rows are in `unfinished/<session>.jsonl` in the output folder, one line per candidate;
the tables in the folder are those of the session before. If the same command is run again under the same conditions,
it continues with the rows of the journal. Under other conditions it starts again, because rows of one table must have
been measured alike.

Each line has a digest of its content and of the conditions, so a damaged line is detected and no other line is lost.
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

from results.errors import InputError, reason_of
from results.tables.atomic_write import replace_file
from results.text import plural

Rows = list[dict[str, Any]]
FOLDER = "unfinished"


class JournalWriteError(OSError):
    """A row could not be written to the journal; the rows before it are kept."""


class Journal:
    """The rows that this session has measured, and those of the interrupted session that it resumes."""

    def __init__(self, out: Path, session: Sequence[str], conditions: Mapping[str, Any]) -> None:
        """Reads the journal of the same session, if there is one; writes nothing.

        `session` identifies what is measured, `conditions` how it is measured; both are plain JSON. Raises InputError
        if the journal cannot be read.
        """
        self.path = out / FOLDER / f"{hashlib.sha256(json.dumps(session).encode()).hexdigest()[:12]}.jsonl"
        self.entries: dict[tuple[str, ...], dict[str, Rows]] = {}
        """Key of what was measured -> its rows by table."""
        self.started = datetime.now(UTC)
        """The start of the session, or of the first one that it resumes."""
        self.changed: list[str] = []
        """The conditions that differ from those of the interrupted session; its rows are then not used."""
        self.damaged = 0
        """The number of damaged lines in the file; they are not used."""
        self.truncated = False
        """Whether the last line of the file is incomplete, because the session was killed while it wrote."""
        self._conditions = dict(conditions)
        self._lines = [_encode(self._conditions, {"conditions": self._conditions})]
        """The valid lines: what the file has to start with."""
        self._file_is_valid = False
        """Whether the file starts with these lines."""
        self._read()

    def notices(self) -> list[str]:
        """What of the interrupted session is not used, in a line for each reason."""
        lines = []
        if self.changed:
            lines.append(
                f"the unfinished session ran under other conditions ({', '.join(self.changed)}); its rows are measured "
                "again"
            )
        if self.truncated:
            lines.append(f"{self.path}: the last line is incomplete; its rows are measured again")
        if self.damaged:
            lines.append(
                f"{self.path}: {plural(self.damaged, 'line')} damaged, a copy of the file is kept as "
                f"{self.damaged_copy.name}; missing rows are measured again"
            )
        return lines

    def rows(self, table: str) -> Rows:
        """All rows of a table, in the order in which they were measured."""
        return [row for tables in self.entries.values() for row in tables.get(table, ())]

    def add(self, key: tuple[str, ...], tables: dict[str, Rows]) -> None:
        """Writes the rows of one measurement to disk. Raises JournalWriteError if that fails."""
        line = _encode(self._conditions, {"started": self.started.isoformat(), "name": key, "tables": tables})
        try:
            self.path.parent.mkdir(exist_ok=True)
            if not self._file_is_valid:
                self._rewrite()
            with self.path.open("r+b") as file:
                file.seek(sum(map(len, self._lines)))  # overwrites an incomplete last line
                file.write(line)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalWriteError(f"{self.path}: {reason_of(error)}") from error
        self._lines.append(line)
        self.entries[key] = tables

    @property
    def damaged_copy(self) -> Path:
        """Where a file with damaged lines is kept when the journal is rewritten without them."""
        return self.path.with_suffix(".damaged")

    def remove(self) -> None:
        """Removes the file, once its rows are in the tables."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the folder may hold journals of other sessions
            self.path.parent.rmdir()

    def _rewrite(self) -> None:
        if self.damaged:
            shutil.copyfile(self.path, self.damaged_copy)
        replace_file(self.path, b"".join(self._lines))
        self._file_is_valid = True

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
        self.truncated = bool(rest)
        for line in lines:
            entry = _decode(line, self._conditions)
            if entry is None:
                self.damaged += 1
            elif "conditions" in entry:
                earlier = entry["conditions"]
                self.changed = [name for name, value in self._conditions.items() if earlier.get(name) != value]
            else:
                self.entries[tuple(entry["name"])] = entry["tables"]
                self.started = min(self.started, datetime.fromisoformat(entry["started"]))
                self._lines.append(line + b"\n")
        if self.changed:
            self.damaged = 0  # under other conditions every digest differs, although the lines are intact
        self._file_is_valid = not self.damaged and content.startswith(b"".join(self._lines))


def _encode(conditions: Mapping[str, Any], content: Mapping[str, Any]) -> bytes:
    return f"{json.dumps({**content, 'digest': _digest(conditions, content)})}\n".encode()


def _decode(line: bytes, conditions: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a line that `_encode` made; None if the line is damaged.

    The digest is checked with the given conditions; that of a first line, with the conditions in the line itself.
    """
    with contextlib.suppress(ValueError, RecursionError):  # not UTF-8, or not JSON
        content = json.loads(line.decode())
        if isinstance(content, dict):
            digest = content.pop("digest", None)
            if digest == _digest(content.get("conditions", conditions), content):
                return content
    return None


def _digest(conditions: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([conditions, content], sort_keys=True).encode()).hexdigest()[:16]
