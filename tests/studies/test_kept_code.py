"""The copies of a study's files in its output folder: what is copied, and that no other file is replaced."""

from pathlib import Path

import pytest

from results.errors import InputError
from studies.sources.code import Files, files_of
from studies.sources.kept_code import keep, where_kept

FILES = {
    "study.py": b"from pkg import one\r\n",
    "pkg/__init__.py": b"",
    "pkg/one.py": b"from . import two",
    "pkg/two.py": b"",
}


@pytest.fixture
def study(tmp_path: Path) -> Files:
    for name, content in {**FILES, "unused.py": b""}.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(content)
    return files_of(str(tmp_path / "mine" / "study.py"))


def test_the_files_are_copied_in_the_folders_of_their_packages(study: Files, tmp_path: Path) -> None:
    assert where_kept(tmp_path / "out") == ""
    keep(study, dict(study.code), tmp_path / "out")
    copies = tmp_path / "out" / "code"
    found = {path.relative_to(copies).as_posix(): path.read_bytes() for path in copies.rglob("*") if path.is_file()}
    assert found == FILES
    assert files_of(str(copies / "study.py")).code == study.code
    assert where_kept(tmp_path / "out") == f", which is in {copies}"


def test_a_copy_with_other_line_ends_stays(study: Files, tmp_path: Path) -> None:
    keep(study, dict(study.code), tmp_path / "out")
    study.paths["study.py"].write_bytes(FILES["study.py"].replace(b"\r\n", b"\n"))
    keep(study, dict(study.code), tmp_path / "out")
    assert (tmp_path / "out" / "code" / "study.py").read_bytes() == FILES["study.py"]


def test_no_other_file_is_replaced(study: Files, tmp_path: Path) -> None:
    copy = tmp_path / "out" / "code" / "study.py"
    copy.parent.mkdir(parents=True)
    copy.write_text("mine")
    with pytest.raises(InputError, match=r"it differs from study\.py of the study; choose another folder with --out"):
        keep(study, dict(study.code), tmp_path / "out")
    assert copy.read_text() == "mine"


def test_a_file_that_changes_during_the_command_is_not_copied(study: Files, tmp_path: Path) -> None:
    code = dict(study.code)
    study.paths["pkg/two.py"].write_text("1")
    with pytest.raises(InputError, match=r"pkg/two\.py has changed since the command has read it"):
        keep(study, code, tmp_path / "out")
    assert not (tmp_path / "out" / "code" / "pkg" / "two.py").exists()
