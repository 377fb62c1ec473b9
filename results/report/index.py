"""The index of a folder of reports: a table of every question with its verdict, date and command.

It is a pure function of the rows, as the reports are.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from results.analysis.formatting import default_numpy
from results.page.render import markdown
from results.report.folder import Folder, provenance_parts, read_folder
from results.tables.atomic_write import InputError, prepare_folder, replace_file
from results.tables.study_schema import TABLES
from results.tables.table_file import has_table

_HEAD = """\
# Reports

Generated from the rows in the folders below by `python -m results index DIR`, where DIR is this folder; do not edit it.
The verdict is that of the report; the date is that of the last measured row.

| report | question | verdict | date | command |
| --- | --- | --- | --- | --- |
"""


@default_numpy()
def write_index(directory: Path) -> Path:
    """Writes README.md and returns its path.

    Raises InputError for a folder without folders of rows, or with one from which no report can be built.
    """
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; expected a folder of folders of rows")
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
    """A line for each question; rows without an answer have a line without question and verdict."""
    link = f"[{markdown(name)}]({quote(name)}/report.md)"
    for table, answer in folder.answers.items():
        yield _line(link, answer.question, answer.headline or "-", folder, provenance_parts(table, folder.tables))
    if not folder.answers:
        yield _line(link, "-", "-", folder, list(folder.parts))


def _line(link: str, question: str, verdict: str, folder: Folder, parts: list[str]) -> str:
    written_by = [folder.parts[part] for part in parts]
    date = max(part["finished"] for part in written_by)[:10]
    commands = "; ".join(dict.fromkeys(shlex.join(part["command"]) for part in written_by))
    return f"| {link} | {' | '.join(map(markdown, (question, verdict, date, commands)))} |\n"
