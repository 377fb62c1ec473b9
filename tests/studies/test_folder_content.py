"""An output folder holds one study, whose rows are in its storage."""

from pathlib import Path

import pytest

from results.errors import InputError
from studies.engine.folder_content import check_same_study, held_ids
from studies.engine.queue import Queue
from studies.engine.storage import default_url, open_storage

REMEDY = "choose another"


def test_a_folder_belongs_to_one_study(tmp_path: Path) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        check_same_study(tmp_path, storage, "two", remedy=REMEDY)
        Queue(storage, "one", lambda line: None)
        check_same_study(tmp_path, storage, "one", remedy=REMEDY)
        with pytest.raises(InputError, match="holds the study 'one', not 'two'; choose another"):
            check_same_study(tmp_path, storage, "two", remedy=REMEDY)


def test_the_runs_of_a_folder_are_those_of_both_tables(tmp_path: Path) -> None:
    assert held_ids(tmp_path) == set()
    (tmp_path / "tuning.csv").write_text("run_id,arm\nccc,dot\n")
    assert held_ids(tmp_path) == {"ccc"}
    (tmp_path / "runs.csv").write_text("study,run_id\nsome,aaa\nsome,bbb\n")
    assert held_ids(tmp_path) == {"aaa", "bbb", "ccc"}


@pytest.mark.parametrize(
    "content", [b"somebody's notes", b"\x00\xff\xfe\n\xff", b"a,b\n1,2\n", b"run_id\n" + b"a" * 200_000, b""]
)
def test_a_file_that_is_not_a_table_of_runs_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "runs.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"runs\.csv is not a table of runs"):
        held_ids(tmp_path)
