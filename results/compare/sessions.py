"""A session of the benchmarks beside an earlier one that its folder keeps."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from results.errors import InputError
from results.report.folder import Folder, read_folder
from results.tables.earlier_sessions import FOLDER, earlier_sessions, is_earlier_session


def last_session(directory: Path) -> Path:
    """The folder of the last session before the one that the folder holds. Raises InputError if none is kept."""
    earlier = earlier_sessions(directory)
    if not earlier:
        raise InputError(
            f"{directory}: no earlier session in {FOLDER}/; expected one, which the next session of the benchmarks "
            "keeps, or a second folder to compare with"
        )
    return earlier[-1]


def read_two(first: Path, second: Path) -> tuple[Folder, Folder]:
    """Both folders. Of a folder beside an earlier session, only what that session holds: it may hold a study too."""
    before, after = read_folder(first), read_folder(second)
    if is_earlier_session(first):
        after = _part_of(after, before)
    if is_earlier_session(second):
        before = _part_of(before, after)
    return before, after


def _part_of(folder: Folder, session: Folder) -> Folder:
    return dataclasses.replace(
        folder,
        tables={name: table for name, table in folder.tables.items() if name in session.tables},
        parts={name: part for name, part in folder.parts.items() if name in session.parts},
        study=None,
    )
