"""Every error of a file has a message with its path and reason."""

import errno
import os
from pathlib import Path

import pytest

from results.errors import file_trouble, reason_of
from results.tables.atomic_write import replace_file


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "runs.csv"), "runs.csv: No space left on device"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("AF_UNIX path too long"), "AF_UNIX path too long"),
        (OSError(), "OSError"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("one\ntwo"), "one"),
        (ValueError("  \n"), "ValueError"),
    ],
)
def test_a_reason_is_one_line_and_never_empty(error: Exception, expected: str) -> None:
    assert file_trouble(error) == expected
    assert expected.endswith(reason_of(error))


def test_a_failed_write_without_an_error_number_gives_path_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError) as failed:  # noqa: PT011  # it has no message to match
        replace_file(tmp_path / "runs.csv", b"rows")
    assert file_trouble(failed.value) == f"{tmp_path / 'runs.csv'}: the disk is gone"
