"""Writing that cannot be caught half done, and the error for whatever a user can put right."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class InputError(ValueError):
    """Something given from outside is wrong; the message is one line: what, where, and what would be right."""


def prepare_folder(path: Path, *, remedy: str = "choose another with --out") -> Path:
    """Creates the folder where needed and proves, by writing into it, that it can be written.

    Raises InputError with `remedy` where it cannot, so that nobody works for hours and then loses the rows.
    """
    probe = path / f".probe.{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(f"output folder {path} cannot be written: {error.strerror}; {remedy}") from error
    return path


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
