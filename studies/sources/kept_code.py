"""The copies of a study's files that `run` keeps in DIR/code, so that the code behind the rows is not lost.

They have the names that they have beside the study, in the folders of its package. Nothing imports them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from results.errors import InputError
from results.tables.atomic_write import replace_file
from studies.sources.code import Files, digest_of

CODE = "code"
"""The folder of the copies in an output folder."""


def keep(files: Files, code: Mapping[str, str], folder: Path) -> None:
    """Copies the files of a study into the output folder; `code` has the hashes that its runs have.

    InputError if a file has changed since it was read, or if a copy would replace another file.
    """
    for name, path in files.paths.items():
        copy = folder / CODE / name
        content = path.read_bytes()
        if digest_of(content) != code.get(name):
            raise InputError(f"{name} has changed since the command has read it; run the command again")
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            replace_file(copy, content)
        elif digest_of(copy.read_bytes()) != code[name]:
            raise InputError(f"{copy}: it differs from {name} of the study; choose another folder with --out")


def where_kept(folder: Path) -> str:
    """`, which is in DIR/code`, after the code as it was; empty if the folder has no copies."""
    return f", which is in {folder / CODE}" if (folder / CODE).is_dir() else ""
