"""The commit in the provenance is one of the project's, or none, wherever the code is; read by git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import results

CODE = "import json; from results.tables import provenance; print(json.dumps(provenance.surroundings(None)))"
WHO = ["-c", "user.name=A", "-c", "user.email=a@example.org"]


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also removes the variables of a git hook that runs these tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


def export(folder: Path) -> Path:
    """The code without its repository."""
    shutil.copytree(Path(results.__path__[0]), folder / "results", ignore=shutil.ignore_patterns("reference", "local"))
    shutil.rmtree(folder / "results" / "__pycache__", ignore_errors=True)
    return folder


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *WHO, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(folder: Path) -> str:
    """Commits all files of the folder to a new repository -> the commit."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=all")
    return git(folder, "rev-parse", "HEAD")


def recorded(root: Path, fact: str = "commit", **variables: str) -> Any:
    """What a process records if it runs the code in `root`."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", CODE], cwd=root, env={**os.environ, "PYTHONPATH": str(root), **variables},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    return json.loads(done.stdout)[fact]


def test_the_version_of_the_installed_package_is_recorded_if_there_is_no_commit(tmp_path: Path) -> None:
    root = export(tmp_path / "site-packages")
    (root / "retrograde-9.8.dist-info").mkdir()
    (root / "retrograde-9.8.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: retrograde\nVersion: 9.8\n"
    )
    assert recorded(root, "versions")["retrograde"] == "9.8"
    committed(root)
    assert "retrograde" not in recorded(root, "versions")


def test_a_clone_has_its_commit_and_a_list_of_changed_files(tmp_path: Path) -> None:
    root = export(tmp_path / "clone")
    clean = {"id": committed(root), "dirty": False}
    assert recorded(root) == clean
    (root / "results" / "new.py").write_text("")
    assert recorded(root) == {**clean, "dirty": True}
    git(root, "config", "status.showUntrackedFiles", "no")
    assert recorded(root) == {**clean, "dirty": True}
    (root / "results" / "new.py").unlink()
    for outside in ("mine/runs.csv", "env/lib/module.py", "results/reference/mine/report.md"):
        (root / outside).parent.mkdir(parents=True)
        (root / outside).write_text("an output folder, an environment, a report: no code")
    assert recorded(root) == clean
    tracked = root / "results/tables/column.py"
    tracked.write_text(f"{tracked.read_text()}# a change\n")
    assert recorded(root) == {**clean, "dirty": True}
    git(root, "add", "results/tables/column.py")
    assert recorded(root) == {**clean, "dirty": True}


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("place", ["vendored", "env/lib/python3.11/site-packages"])
def test_code_below_the_top_level_of_another_repository_has_no_commit(
    tmp_path: Path, place: str, tracked: bool
) -> None:
    other = tmp_path / "other"
    if tracked:
        export(other / place)
    committed(other)
    root = other / place if tracked else export(other / place)
    assert recorded(root) is None


def test_code_that_is_untracked_at_the_top_level_of_another_repository_has_no_commit(tmp_path: Path) -> None:
    committed(tmp_path / "other")
    assert recorded(export(tmp_path / "other")) is None


def test_code_outside_git_and_without_git_has_no_commit(tmp_path: Path) -> None:
    root = export(tmp_path / "export")
    assert recorded(root) is None
    git(root, "init", "--quiet")
    assert recorded(root) is None
    committed(root)
    (tmp_path / "empty").mkdir()
    assert recorded(root, PATH=str(tmp_path / "empty")) is None


def test_with_a_damaged_git_index_no_commit_is_recorded_as_clean(tmp_path: Path) -> None:
    root = export(tmp_path / "clone")
    committed(root)
    (root / ".git" / "index").write_bytes(b"damaged")
    assert recorded(root) is None


def test_environment_variables_of_git_select_no_other_repository(tmp_path: Path) -> None:
    """As in a hook of another repository, or of the project's repository."""
    other, root = tmp_path / "other", export(tmp_path / "clone")
    export(other)
    committed(other)
    (other / "more").write_text("")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "--message=more")
    commit = {"id": committed(root), "dirty": False}
    theirs = {
        "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git" / "index"),
        "GIT_COMMON_DIR": str(other / ".git"), "GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects"),
        "GIT_PREFIX": "results/", "GIT_NAMESPACE": "theirs", "GIT_LITERAL_PATHSPECS": "1", "GIT_TRACE": "1",
        "GIT_CEILING_DIRECTORIES": str(root.parent),
    }  # fmt: skip
    for name, value in theirs.items():
        assert (name, recorded(root, **{name: value})) == (name, commit)
    assert recorded(root, **theirs) == commit
    assert recorded(export(tmp_path / "export"), **theirs) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user_has_its_commit(tmp_path: Path) -> None:
    root = export(tmp_path / "clone")
    commit = {"id": committed(root), "dirty": False}
    for path in [root, *root.rglob("*")]:
        os.chown(path, 12345, 12345)
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "status")
    assert recorded(root) == commit


def test_file_names_that_are_not_utf_8_are_accepted(tmp_path: Path) -> None:
    root = export(tmp_path / "clone")
    commit = committed(root)
    git(root, "config", "core.quotePath", "false")
    Path(os.fsdecode(os.fsencode(root / "results") + b"/\xff.py")).write_text("")
    assert recorded(root) == {"id": commit, "dirty": True}
