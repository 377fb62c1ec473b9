"""The file of a table: `<name>.csv`, or `<name>.csv.gz` from 128 KiB on. `pandas.read_csv` reads both as they are."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from results.errors import InputError, reason_of
from results.tables.atomic_write import replace_file

LARGE = 128 * 1024
"""Bytes from which a table is compressed, to a fourth of its size or less."""


def table_file(directory: Path, name: str) -> Path:
    """The file that holds the table; `<name>.csv` if there is no such file yet. Raises InputError if there are two."""
    plain, compressed = _files(directory, name)
    if plain.exists() and compressed.exists():
        raise InputError(f"{plain} and {compressed.name} hold the same table; expected one of them: remove the older")
    return compressed if compressed.exists() else plain


def has_table(directory: Path, name: str) -> bool:
    return table_file(directory, name).exists()


def read_text(path: Path, *, errors: str = "strict") -> str:
    """The text of a table's file. Raises InputError if it cannot be read, is damaged, or is not UTF-8."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig", errors)  # some editors write a byte order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; expected the file as it was written") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is no complete gzip file: {reason_of(error)}; write the table again") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason_of(error)}") from error


def write_text(directory: Path, name: str, text: str) -> None:
    """Writes the table's file, compressed if it is large, and removes an older file of the other format."""
    content = text.encode()
    plain, compressed = _files(directory, name)
    if len(content) < LARGE:
        replace_file(plain, content)
        compressed.unlink(missing_ok=True)
    else:
        replace_file(compressed, gzip.compress(content, mtime=0))  # without a time, the same rows give the same bytes
        plain.unlink(missing_ok=True)


def remove_table(directory: Path, name: str) -> None:
    for path in _files(directory, name):
        path.unlink(missing_ok=True)


def _files(directory: Path, name: str) -> tuple[Path, Path]:
    return directory / f"{name}.csv", directory / f"{name}.csv.gz"
