"""Earlier sessions of the benchmarks, kept in `sessions/` of their folder when a new session replaces the tables.

A kept session is a folder of rows, `sessions/2026-11-25T18-53-52` by its end in UTC: its tables without the single
rounds, which are nine tenths of the bytes, and its parts of provenance.json. The oldest are removed when there are more
than `MOST`; the rows of a session with the full profile take 270 kB, so all of them take at most 14 MB.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from results.tables import provenance
from results.tables.atomic_write import replace_file
from results.tables.table_file import has_table, table_file
from results.tables.timing_schema import SESSION_PARTS

FOLDER = "sessions"
MOST = 50
LEFT_OUT = "rounds"


def keep_session(directory: Path, tables: Mapping[str, Sequence[str]], new: datetime) -> Path | None:
    """Copies the rows of the session that the folder holds; returns the copy's folder, None if it holds no session.

    `tables` maps each part of the provenance that will be replaced to its tables. `new` is the start of the session
    that replaces it: rows of the same session, of which some tests had failed, are no earlier ones. A copy that was
    interrupted is completed by the next call.
    """
    parts = provenance.read(directory)
    replaced = [
        part
        for part in tables
        if part in parts and parts[part]["started"] != provenance.utc(new) and has_table(directory, tables[part][0])
    ]
    if not replaced:
        return None
    copied = {table for part in replaced for table in tables[part]} - {LEFT_OUT}
    # The rows of a CPU and those of a GPU stand in the same tables.
    held = {*replaced, *(part for part in SESSION_PARTS if part in parts and "throughput" in copied)}
    ended: str = max(parts[part]["finished"] for part in held)
    name = ended.removesuffix("Z").replace(":", "-")
    same_end = [folder for folder in earlier_sessions(directory) if folder.name.startswith(name)]
    repeated = [folder for folder in same_end if provenance.read(folder) == {part: parts[part] for part in held}]
    # Two states can have the same end if the clocks of two machines differ.
    kept = repeated[0] if repeated else directory / FOLDER / f"{name}{f'-{len(same_end) + 1}' * bool(same_end)}"
    if not _complete(kept):
        kept.mkdir(parents=True, exist_ok=True)
        for table in copied:
            if has_table(directory, table):
                rows = table_file(directory, table)
                replace_file(kept / rows.name, rows.read_bytes())
        provenance.copy(directory, kept, held)  # comes last: a folder with it is complete
    for oldest in earlier_sessions(directory)[:-MOST]:
        shutil.rmtree(oldest)
    return kept


def earlier_sessions(directory: Path) -> list[Path]:
    """The folders of the kept sessions, the oldest first."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder for folder in (directory / FOLDER).iterdir() if _complete(folder))
    return []


def is_earlier_session(directory: Path) -> bool:
    """Whether the folder is that of a kept session."""
    return directory.resolve().parent.name == FOLDER


def _complete(folder: Path) -> bool:
    return (folder / "provenance.json").is_file()
