"""Atomic writing of files, and checks of output folders."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from results.errors import InputError, reason_of

FILES = (".csv", ".gz", ".json", ".md", ".html", ".lock", ".sqlite3")
"""The suffixes of the files that commands write into an output folder."""
FOLDERS = ("code", "figures", "checkpoints", "models", "sessions", "tensorboard", "unfinished")
"""The names of the folders that commands create in it."""


def prepare_folder(path: Path, *, remedy: str = "choose another with --out") -> Path:
    """Creates the folder if needed and checks, by writing into it, that it can be written.

    Raises InputError with `remedy` if it cannot, or if a folder has the name of an output file or a file that of an
    output folder: a command must not fail to write after hours of work.
    """
    probe = path / f".probe.{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
        entries = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"output folder {path} cannot be written: {reason_of(error)}; {remedy}") from error
    for entry in entries:
        if entry.suffix in FILES and entry.is_dir():
            raise InputError(f"{entry} is a folder; expected a file, or nothing; {remedy}")
        if entry.name in FOLDERS and not entry.is_dir():
            raise InputError(f"{entry} is a file; expected a folder, or nothing; {remedy}")
    return path


def plain_name(text: str) -> str:
    """The text as a component of a path, of at most 50 characters: no separator, hidden file or parent folder.

    Different texts may have the same plain name.
    """
    return re.sub(r"[^\w.=-]+", "_", text)[:50].strip("_.-") or "_"


def replace_file(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Replaces the file atomically: after a crash, and for any reader, it is the old file or the new one.

    With `synced`, waits until the content is on the disk; without, a power failure may leave a torn file. Raises
    OSError with the file's name if the content cannot be written; the old file then stays.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):  # the disk may have become read-only
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a failed write does not name the file
        raise
