"""Reads the rows of a file: tab-separated (.tsv), comma-separated (.csv) or one JSON object a line (.jsonl).

A TSV or CSV file whose first row has the names `source` and `target` may have more columns, in any order; without such
a row it has exactly two columns. A TSV file has no quotes. All files are in UTF-8, with or without a byte order mark,
and end their lines with LF or CRLF.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import reprlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from seq2seq_core.data import shipped

_BOM = b"\xef\xbb\xbf"
_NAMES = ("source", "target")
_MOST_SHOWN = 4
"""Columns or fields in a message."""


class DataError(ValueError):
    """A file that is missing, cannot be read, or has a row that is refused. The message is one line: the file, the line
    number, what is wrong, and what would be right."""


class Row(NamedTuple):
    """A pair of texts, and the number of the line on which it starts, from 1."""

    line: int
    source: str
    target: str


def read_bytes(path: Path) -> bytes:
    """The content of a file. DataError if it is none, or cannot be read."""
    try:
        other = path.exists() and not path.is_file()
        content = path.read_bytes() if path.suffix.lower() in _FORMATS and not other else b""
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DataError(f"{path}: {reason}; expected a file with pairs of source and target") from error
    except ValueError as error:  # a NUL in the name
        raise DataError(f"{str(path)!r}: {error}; expected the name of a file") from error
    if other:
        raise DataError(f"{path}: it is not a file; expected a file with pairs of source and target")
    if path.suffix.lower() not in _FORMATS:
        raise DataError(
            f"{path}: the format of this file is unknown; expected a name that ends in .tsv, .csv or .jsonl, or that "
            f"of a shipped data set: {', '.join(shipped.names())}"
        )
    return content


def rows_of(path: Path, content: bytes) -> Iterator[Row]:
    """The rows of a file with this content, in order; `path` gives the format. DataError for the first bad row."""
    text = _decode(path, content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}, line {line}: a NUL character; expected a text file in UTF-8")
    yield from _FORMATS[path.suffix.lower()](path, text)


def _decode(path: Path, content: bytes) -> str:
    body = content.removeprefix(_BOM)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        offset, line = len(content) - len(body) + error.start, body.count(b"\n", 0, error.start) + 1
        other = " (it may be UTF-16)" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise DataError(
            f"{path}, line {line}: the byte 0x{body[error.start]:02x} at offset {offset:,} is not UTF-8{other}; "
            "expected a file in UTF-8"
        ) from error


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) without the line ends LF and CRLF. Other separators, such as U+2028, are part of a line."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        yield number, line.removesuffix("\r")


def _tsv(path: Path, text: str) -> Iterator[Row]:
    return _table(path, ((number, line.split("\t") if line else []) for number, line in _lines(text)), "a tab")


def _csv(path: Path, text: str) -> Iterator[Row]:
    return _table(path, _csv_rows(path, text), "a comma")


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(text, newline="\n"), strict=True)  # a lone CR ends no row
    start = 1
    while True:
        try:
            with _long_fields(len(text)):
                fields = next(rows, None)
        except csv.Error as error:
            raise DataError(f"{path}, line {start}: {error}; expected fields that are quoted as in CSV") from error
        if fields is None:
            return
        yield start, fields
        start = rows.line_num + 1


@contextmanager
def _long_fields(size: int) -> Iterator[None]:
    """Fields of any length, so that the length of a source is refused in one place."""
    limit = csv.field_size_limit(max(size, 1))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _table(path: Path, rows: Iterable[tuple[int, list[str]]], separator: str) -> Iterator[Row]:
    columns, width, header = (0, 1), 2, False
    for number, (line, fields) in enumerate(rows):
        if number == 0:
            names = [field.strip().lower() for field in fields]
            found = [name for name in _NAMES if name in names]
            if repeated := [name for name in found if names.count(name) > 1]:
                raise DataError(
                    f"{path}, line {line}: {names.count(repeated[0])} columns {repeated[0]!r}, found {_shown(fields)}; "
                    "expected one 'source' and one 'target'"
                )
            if len(found) == 2:
                columns, width, header = (names.index("source"), names.index("target")), len(fields), True
                continue
            if found:
                (missing,) = set(_NAMES) - set(found)
                raise DataError(
                    f"{path}, line {line}: no column {missing!r}, found {_shown(fields)}; expected both 'source' and "
                    "'target', or two columns without names; a first pair with this word needs a row of names above"
                )
        if not fields:
            raise DataError(f"{path}, line {line}: the line is empty; expected a source, {separator} and a target")
        if len(fields) != width:
            expected = f"{width}, as in line 1" if header else f"a source, {separator} and a target"
            with_names = "" if number else ", or a first row with the names 'source' and 'target'"
            count = f"{len(fields)} field{'s' * (len(fields) != 1)}"
            raise DataError(f"{path}, line {line}: {count} ({_shown(fields)}); expected {expected}{with_names}")
        yield Row(line, fields[columns[0]], fields[columns[1]])


def _shown(names: Iterable[str]) -> str:
    """The first few, each cut if it is long."""
    first, more = [*itertools.islice(map(reprlib.repr, names), _MOST_SHOWN + 1)], ""
    if len(first) > _MOST_SHOWN:
        first, more = first[:-1], ", ..."
    return f"{', '.join(first)}{more}"


def _jsonl(path: Path, text: str) -> Iterator[Row]:
    for number, line in _lines(text):
        place = f"{path}, line {number}"
        expected = 'expected an object such as {"source": "abc", "target": "cba"}'
        if not line.strip():
            raise DataError(f"{place}: the line is empty; {expected}")
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "not readable"
            raise DataError(f"{place}: not JSON ({reason}); {expected}") from error
        if not isinstance(value, dict):
            raise DataError(f"{place}: {reprlib.repr(value)} is no object; {expected}")
        texts = []
        for name in _NAMES:
            if name not in value:
                raise DataError(f"{place}: no key {name!r}, found {_shown(value) or 'none'}; {expected}")
            texts.append(value[name])
            if not isinstance(value[name], str):
                raise DataError(f"{place}: {name} is {reprlib.repr(value[name])}; expected a text in quotes")
            if "\0" in value[name] or not _is_encodable(value[name]):
                raise DataError(f"{place}: {name} has a NUL character or half of a surrogate pair; expected a text")
        yield Row(number, *texts)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_FORMATS: dict[str, Callable[[Path, str], Iterator[Row]]] = {".tsv": _tsv, ".csv": _csv, ".jsonl": _jsonl}
