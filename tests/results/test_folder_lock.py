"""An output folder is used by one command at a time."""

from pathlib import Path

import pytest

from results.errors import InputError
from results.terminal.folder_lock import LOCK, lock_folder


def test_a_second_command_in_the_folder_is_refused(tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path),
        pytest.raises(InputError, match="another command is using it; wait until it has finished"),
        lock_folder(tmp_path),
    ):
        pass
    with lock_folder(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]
