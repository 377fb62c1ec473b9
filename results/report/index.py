"""The index of a folder of reports: every question with its verdict, its day and its command, in one table.

It is made from the rows by the code that makes the reports, and nothing of the moment or the place goes in.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from results.page.plain_numbers import plain_numbers
from results.page.render import markdown
from results.report.folder import Folder, parts_behind, read_folder
from results.tables.atomic_write import InputError, prepare_folder, replace_file
from results.tables.study_schema import TABLES
from results.tables.table_file import has_table

_HEAD = """\
# Reports

Generated from the rows in the folders below by `python -m results index DIR`, where DIR is this one: not to be edited.
The verdict is that of its report; the day is that on which the last of its rows was measured.

| report | question | verdict | day | command |
| --- | --- | --- | --- | --- |
"""


@plain_numbers()
def write_index(directory: Path) -> Path:
    """Writes README.md, returns its path. InputError for a folder without reports, or with one that cannot be made."""
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; expected one with folders of rows in it")
    folders = sorted(path for path in directory.iterdir() if _has_rows(path))
    if not folders:
        raise InputError(f"{directory}: no folder with a table or a provenance.json in it; expected folders of rows")
    lines = [line for folder in folders for line in _lines(folder.name, read_folder(folder))]
    path = prepare_folder(directory, remedy="make it writable") / "README.md"
    replace_file(path, (_HEAD + "".join(lines)).encode())
    return path


def _has_rows(path: Path) -> bool:
    """Whether the folder has a table or a provenance; reading it then reports what is missing."""
    return (path / "provenance.json").exists() or any(has_table(path, table) for table in TABLES)


def _lines(name: str, folder: Folder) -> Iterator[str]:
    """One for each question; of rows that answer none, one without question and verdict."""
    link = f"[{markdown(name)}]({quote(name)}/report.md)"
    for table, answer in folder.answers.items():
        yield _line(link, answer.question, answer.verdict or "-", folder, parts_behind(table, folder.tables))
    if not folder.answers:
        yield _line(link, "-", "-", folder, list(folder.parts))


def _line(link: str, question: str, verdict: str, folder: Folder, parts: list[str]) -> str:
    made = [folder.parts[part] for part in parts]
    day = max(part["finished"] for part in made)[:10]
    commands = "; ".join(dict.fromkeys(shlex.join(part["command"]) for part in made))
    return f"| {link} | {' | '.join(map(markdown, (question, verdict, day, commands)))} |\n"
