"""Writing that cannot be caught half done, and the error for whatever a user can put right."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path


class InputError(ValueError):
    """Something given from outside is wrong; the message is one line: what, where, and what would be right."""


FILES = (".csv", ".gz", ".json", ".md", ".html", ".lock", ".sqlite3")
"""How the names of files end that commands write into an output folder,"""
FOLDERS = ("figures", "checkpoints", "models", "tensorboard", "unfinished")
"""and the names of its folders."""


def reason_of(error: BaseException) -> str:
    """Why it failed, in one line that is never empty: the system's words, the error's own, or the error's name."""
    # The text of an OSError without a number is "[Errno None] None" as soon as it has a file's name.
    words = error.strerror or " ".join(map(str, error.args)) if isinstance(error, OSError) else str(error)
    return words.strip().partition("\n")[0] or type(error).__name__


def file_trouble(error: BaseException) -> str:
    """Which file failed, where the error names one, and why."""
    file = error.filename if isinstance(error, OSError) else None
    return f"{file}: {reason_of(error)}" if file else reason_of(error)


def prepare_folder(path: Path, *, remedy: str = "choose another with --out") -> Path:
    """Creates the folder where needed and proves, by writing into it, that it can be written.

    Raises InputError with `remedy` where it cannot, or where a folder is in the way of a file or a file in the way of a
    folder, so that nobody works for hours and then loses the rows.
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
    """The text as a part of a path: never a separator, a hidden file or a parent folder, and at most 50 characters.

    Texts that differ may have the same plain name.
    """
    return re.sub(r"[^\w.=-]+", "_", text)[:50].strip("_.-") or "_"


def replace_file(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Puts `content` in the place of the file at once: a reader, or a crash, meets the old file or the new one.

    `synced` waits until the disk has it; without, a power cut, though no crash, may leave a torn file. OSError, with
    the file's name, where the disk does not take it; the old file then stays.
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
        with contextlib.suppress(OSError):  # a disk that has become read-only
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a write that fails does not say of itself where
        raise
