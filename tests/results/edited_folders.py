"""Copies of folders whose rows and provenance are edited, and the output of `compare`."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results.__main__ import main
from results.tables.table_file import read_text, table_file, write_text

Rows = list[dict[str, str]]


def copied(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


def edit(folder: Path, table: str, change: Callable[[Rows], Rows]) -> None:
    """Replaces the rows of a table; cells are texts."""
    reader = csv.DictReader(io.StringIO(read_text(table_file(folder, table)), newline=""))
    rows, out = change(list(reader)), io.StringIO()
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder, table, out.getvalue())


def edit_part(folder: Path, part: str, **facts: Any) -> None:
    """Replaces facts in a part of the provenance; `training__rate` is `training.rate`."""
    path = folder / "provenance.json"
    content = json.loads(path.read_text())
    for name, fact in facts.items():
        target = content["parts"][part]
        *outer, last = name.split("__")
        for key in outer:
            target = target[key]
        target[last] = fact
    path.write_text(json.dumps(content))


def compared(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str]]:
    """The exit status and the lines of `compare`."""
    status = main(["compare", *map(str, words)])
    out, err = capsys.readouterr()
    assert err == ""
    return status, out.splitlines()


def under(lines: list[str], title: str) -> list[str]:
    """The lines below a title of the output."""
    if title not in lines:
        return []
    below = lines[lines.index(title) + 1 :]
    return [line.strip() for line in below[: below.index("") if "" in below else None]]
