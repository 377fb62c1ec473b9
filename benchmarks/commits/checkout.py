"""The code of a commit, in a folder of its own. Nothing is written into the repository or its working tree."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commits.worker import PROTOCOL
from results.errors import InputError, reason_of
from results.tables.provenance import git_environment

PACKAGES = ("seq2seq_core", "results", "benchmarks")
"""What a worker imports."""
_WORKER = "benchmarks/commits/worker.py"


@dataclass(frozen=True)
class Commit:
    repository: Path
    id: str

    def extract(self, folder: Path) -> None:
        """Writes the packages into the folder."""
        archive = _git(self.repository, "archive", "--format=tar", self.id, "--", *PACKAGES)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")


def repository_here(folder: Path) -> Path:
    """The repository of the folder. Raises InputError without one, or if files differ from its last commit."""
    try:
        top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel")).strip())
    except OSError as error:
        raise InputError(f"git cannot be run: {reason_of(error)}; --commits needs it") from error
    except subprocess.CalledProcessError as error:
        raise InputError(f"{folder} is in no git repository; expected a clone of the project") from error
    changed = os.fsdecode(_git(top, "status", "--porcelain", "--untracked-files=no", "--", *PACKAGES)).splitlines()
    if changed:
        raise InputError(
            f"{top}: {changed[0][3:]} has changes that are in no commit and would not be timed; commit or stash them"
        )
    return top


def find_commit(repository: Path, name: str) -> Commit:
    """Raises InputError if there is no such commit, or if its benchmarks cannot be driven by this command."""
    try:
        found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError as error:
        raise InputError(f"{name!r} names no commit of {repository}; expected a branch, a tag or a hash") from error
    commit = Commit(repository, os.fsdecode(found).strip())
    try:
        worker = _git(repository, "show", f"{commit.id}:{_WORKER}").decode()
    except subprocess.CalledProcessError:
        worker = ""
    protocol = re.search(r"^PROTOCOL = (\d+)$", worker, re.MULTILINE)
    if not protocol or int(protocol[1]) != PROTOCOL:
        has = f"{_WORKER} has PROTOCOL = {protocol[1]}" if protocol else f"it has no {_WORKER}"
        raise InputError(f"commit {name} cannot be timed: {has}; expected PROTOCOL = {PROTOCOL} there")
    return commit


def _git(folder: Path, *words: str) -> bytes:
    # A repository of another user is trusted, since its code is running.
    command = ["git", "--no-optional-locks", "-c", "safe.directory=*", *words]
    return subprocess.run(command, cwd=folder, env=git_environment(), capture_output=True, check=True).stdout
