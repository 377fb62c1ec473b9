"""The index of a folder of reports, as README.md and index.html: each question with its answer, date and command.

It is a pure function of the rows, as the reports are; index.html also shows the figures of answers that are there.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from results.analysis.formatting import default_numpy
from results.errors import InputError
from results.page.earlier_report import FIGURES, PAGES
from results.page.elements import Answer, file_names
from results.page.render import ENVIRONMENT
from results.report.folder import TRAINING_TIME, Folder, provenance_parts, read_folder
from results.tables.atomic_write import prepare_folder, replace_file
from results.tables.study_schema import TABLES
from results.tables.table_file import has_table
from results.tables.timing_schema import SESSION_PARTS


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """A question of a report; rows without an answer have an entry without one."""

    folder: str
    page: str
    """The path of the report's page without its suffix, as in a link."""
    answer: Answer | None
    timed: bool
    """Whether the answer has no word, but a table of times."""
    thumbnail: str
    """The path of the answer's figure, as in a link; empty if there is none."""
    date: str
    """The day of the last measured row."""
    commands: list[str]


@default_numpy()
def write_index(directory: Path) -> Path:
    """Writes README.md and index.html, and returns the path of README.md.

    Raises InputError for a folder without output folders, or with one from which no report can be built.
    """
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; expected a folder of output folders")
    folders = sorted(path for path in directory.iterdir() if _has_rows(path))
    if not folders:
        raise InputError(f"{directory}: no folder with a table or a provenance.json in it; expected output folders")
    entries = [entry for folder in folders for entry in _entries(folder)]
    paths = [prepare_folder(directory, remedy="make it writable") / name for name in ("README.md", "index.html")]
    for path in paths:
        text = ENVIRONMENT.get_template(f"index{path.suffix}.j2").render(entries=entries)
        replace_file(path, text.encode())
    return paths[0]


def _has_rows(path: Path) -> bool:
    """Whether the folder has a table or a provenance; reading it then reports what is missing."""
    return (path / "provenance.json").exists() or any(has_table(path, table) for table in TABLES)


def _entries(directory: Path) -> Iterator[_Entry]:
    folder = read_folder(directory)
    answers = sorted(folder.answers.items(), key=lambda item: folder.page_of(item[0]))
    names = iter(file_names(answer.figure.name for _, answer in answers if answer.figure))
    for table, answer in answers:
        figure = f"{FIGURES}/{next(names)}.svg" if answer.figure else ""
        yield _entry(folder, table, answer, figure, provenance_parts(table, folder.tables, folder.parts))
    if not answers:
        yield _entry(folder, "", None, "", [*folder.parts])


def _entry(folder: Folder, table: str, answer: Answer | None, figure: str, parts: Sequence[str]) -> _Entry:
    """`table`: that of the answer; empty without one."""
    directory, page = folder.directory, folder.page_of(table) if table else PAGES[0]
    place = quote(directory.name)
    return _Entry(
        folder=directory.name,
        page=f"{place}/{page}",
        answer=answer,
        timed=table in (TRAINING_TIME, "throughput") and not (answer and answer.word),
        thumbnail=f"{place}/{figure}" if (directory / figure).is_file() else "",
        date=max(folder.parts[part]["finished"] for part in parts)[:10],
        commands=[*dict.fromkeys(shlex.join(_command(folder.parts, part)) for part in parts)],
    )


def _command(parts: Mapping[str, Mapping[str, Any]], part: str) -> Sequence[str]:
    """The command of a part. That of a study has the `--out` that the timing of its arms expects, `bench --of`."""
    command: list[str] = parts[part]["command"]
    timed = [_value_of("--of", parts[session]["command"]) for session in SESSION_PARTS if session in parts]
    if part == "study" and any(timed) and not _value_of("--out", command):
        return [*command, "--out", next(filter(None, timed))]
    return command


def _value_of(option: str, command: Sequence[str]) -> str | None:
    """`lengths` of `--of lengths` and of `--of=lengths`."""
    for word, following in zip(command, [*command[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else following
    return None
