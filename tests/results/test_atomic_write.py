"""What goes wrong with a file is said with a cause, whatever the error holds."""

import errno
import os
from pathlib import Path

import pytest

from results.tables.atomic_write import file_trouble, reason_of, replace_file


@pytest.mark.parametrize(
    ("error", "said"),
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
def test_a_reason_is_never_empty_and_on_one_line(error: Exception, said: str) -> None:
    assert file_trouble(error) == said
    assert said.endswith(reason_of(error))


def test_a_write_that_fails_without_a_number_of_the_system_says_where_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError) as failed:  # noqa: PT011  # it has no message to match
        replace_file(tmp_path / "runs.csv", b"rows")
    assert file_trouble(failed.value) == f"{tmp_path / 'runs.csv'}: the disk is gone"
