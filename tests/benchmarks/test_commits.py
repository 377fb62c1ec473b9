"""`bench --commits` on repositories whose workers reply with known times, and on the worker of this version."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from sessions import ROOT
from warm_python import outside_xdist, run_module

import benchmarks.commits.measure
from benchmarks.commands.commits import run_commits
from benchmarks.commits.checkout import find_commit, repository_here
from benchmarks.commits.rounds import SIDES
from results.errors import InputError
from results.load import noise_of
from results.tables import csv_io, provenance
from results.terminal.folder_lock import LOCK, lock_folder

WORKER = """
import json, sys

PROTOCOL = 1
CASES = {cases}  # test -> seconds of a call; a reason if it is skipped; None if its process ends

def send(message):
    print(json.dumps(message), flush=True)

send({{"tests": list(CASES), "failed": 0}})
for test in json.loads(input())["run"]:
    seconds, reason = CASES[test], ""
    if seconds is None:
        sys.exit("E   a fault")
    if isinstance(seconds, str):
        reason = seconds
    else:
        suite = "unknown" if test == "foreign" else "greedy"
        ready = {{"suite": suite, "case": "cpu", "candidate": test, "device": "cpu", "threads": 1}}
        if test == "other" and seconds > 0.05:
            ready["case"] = "another"
        send({{"ready": ready, "seconds": seconds}})
        while not reason and (calls := json.loads(input())["calls"]):
            reason = "out of memory" if test == "fails" else ""
            if not reason:
                send({{"seconds": seconds}})
    send({{"test": test, "outcome": "skipped" if reason else "passed", "reason": reason}})
"""
SAME = {"one": 0.02, "two": 0.02}


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, cases: dict[str, float | str | None], name: str) -> None:
    """A commit, with this name, whose worker knows these cases."""
    for package in ("seq2seq_core", "results", "benchmarks", "benchmarks/commits"):
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").touch()
    (folder / "benchmarks/commits/worker.py").write_text(WORKER.format(cases=cases))
    git(folder, "add", ".")
    git(folder, "commit", "--allow-empty", "--message", name)
    git(folder, "tag", name)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, SAME, "first")
    monkeypatch.chdir(folder)
    return folder


def compared(capsys: pytest.CaptureFixture[str], *names: str) -> tuple[int, list[str]]:
    status = run_commits((names[0], names[1]), 10, "quick", "cpu", None, Path("../out"))
    return status, capsys.readouterr().out.splitlines()


def test_a_slower_case_is_found_and_equal_commits_do_not_differ(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, {"one": 0.02, "two": 0.024, "new": 0.1}, "second")
    status, lines = compared(capsys, "first", "second")
    assert status == 1
    assert lines[:4] == [
        "Something got worse.",
        "",
        "Worse in B",
        "  greedy, cpu: two: B over A ×1.20 (1.20 to 1.20)",
    ]
    assert lines[6].startswith("2 cases timed in 10 rounds: 1 slower in B, 0 faster, 1 with no difference shown.")
    assert "only in B: 1 test: new" in lines

    rows = csv_io.read_table(tmp_path / "out", "commits")
    assert len(rows) == 2 * 10 * 6 * len(SIDES)
    assert (rows.groupby(["candidate", "side", "position"]).size() == 10 * 2).all()
    part = provenance.read(tmp_path / "out")["commits"]
    assert part["command"][:5] == ["retrograde", "bench", "--commits", "first", "second"]
    assert not (tmp_path / "out/unfinished").exists()
    assert subprocess.run(["git", "worktree", "list"], capture_output=True, text=True).stdout.count("\n") == 1

    with pytest.raises(InputError, match="holds another comparison, with other commits; choose another folder"):
        run_commits(("first", "first"), 10, "quick", "cpu", None, tmp_path / "out")
    assert run_commits(("first", "first"), 10, "quick", "cpu", None, None) == 0
    assert run_commits(("first", "first"), 11, "quick", "cpu", None, None) == 0
    folders = sorted(folder.name for folder in Path("results/local").iterdir())
    assert re.fullmatch(r"commits-(\w{10})-\1-device=cpu commits-\1-\1-device=cpu-rounds=11", " ".join(folders))


def test_a_case_that_one_commit_skips_is_named_and_the_others_are_compared(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, {"one": 0.01, "two": "no compiler"}, "second")
    status, lines = compared(capsys, "first", "second")
    assert status == 0
    assert lines[2] == "Better in B"
    assert "not timed: two: skipped in b: no compiler" in lines


def test_a_case_that_fails_while_it_is_timed_is_named_and_the_others_are_compared(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases: dict[str, float | str | None] = {"fails": 0.01, "one": 0.02}
    commit(repository, cases, "before")
    commit(repository, {**cases, "one": 0.01}, "after")
    status, lines = compared(capsys, "before", "after")
    assert (status, lines[2]) == (0, "Better in B")
    [line] = [line for line in lines if line.startswith("not timed: fails: ")]
    assert re.fullmatch(r"not timed: fails: skipped in \w+: out of memory", line)


def test_cases_that_cannot_be_compared_are_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases: dict[str, float | str | None] = {"foreign": 0.02, "one": 0.02, "other": 0.02}
    commit(repository, cases, "before")
    commit(repository, {**cases, "other": 0.1}, "after")
    status, lines = compared(capsys, "before", "after")
    assert status == 0
    assert "not timed: other: the commits do not time the same case" in lines
    assert any(line.startswith("not timed: foreign: the suite 'unknown' is unknown here; expected ") for line in lines)
    assert any(line.startswith("1 case timed in 10 rounds: 0 slower") for line in lines)


def test_without_a_common_case_one_round_is_enough_for_a_refusal(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"other": 0.02}, "second")
    with pytest.raises(InputError, match="no case is selected that both commits have"):
        run_commits(("first", "second"), 10, "quick", "cpu", None, tmp_path / "out")
    assert not (tmp_path / "out/unfinished").exists()


def test_rows_of_another_number_of_threads_are_not_continued(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, {**SAME, "two": None}, "second")
    assert run_commits(("first", "second"), 10, "quick", "cpu", None, tmp_path / "out") == 1
    capsys.readouterr()
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert run_commits(("first", "second"), 10, "quick", "cpu", None, tmp_path / "out") == 1
    finally:
        torch.set_num_threads(threads)
    assert "retrograde: the unfinished session ran under other conditions (threads); " in capsys.readouterr().err


def test_an_error_in_a_commit_ends_with_one_line(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, {"one": 0.02, "two": None}, "second")
    assert run_commits(("first", "second"), 10, "quick", "cpu", None, tmp_path / "out") == 1
    assert capsys.readouterr().err.endswith("\nretrograde: the process of b ended with status 1: E a fault\n")


def test_options_that_are_refused_are_no_slower_case(repository: Path, tmp_path: Path) -> None:
    """The exit status 1 says that a case is slower."""
    with pytest.raises(InputError, match="device: 'tpu' is refused"):
        run_commits(("first", "second"), 10, "quick", "tpu", None, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    worker = repository / "benchmarks/commits/worker.py"
    worker.write_text("import sys\n\nPROTOCOL = 1\nprint('ERROR: Wrong expression', file=sys.stderr)\nsys.exit(4)\n")
    git(repository, "commit", "--all", "--message", "third")
    git(repository, "tag", "third")
    with pytest.raises(InputError, match=r"the suites of \w cannot be selected: ERROR: Wrong expression"):
        run_commits(("third", "third"), 10, "quick", "cpu", "and", tmp_path / "out")


def test_an_interrupted_comparison_continues_and_leaves_no_folder(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, {f"case {number}": 0.02 for number in range(40)}, "many")
    out, places = tmp_path / "out", tmp_path / "temporary"
    places.mkdir()
    options = ("--commits", "many", "many", "--rounds", "10", "--device", "cpu", "--out", str(out))
    environment = outside_xdist() | {"PYTHONPATH": str(ROOT), "TMPDIR": str(places), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "benchmarks", "bench", *options]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        while not [line for path in out.glob("unfinished/*.jsonl") for line in path.read_text().splitlines()][5:]:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "retrograde: interrupted; the same command continues"
    assert not [*places.iterdir()]
    [journal] = (out / "unfinished").iterdir()
    tables = [json.loads(line)["tables"] for line in journal.read_text().splitlines()[2:]]
    measured = [one["commits"] for one in tables]
    assert 2 < len(measured) < 40 * 10
    loads = list[Mapping[str, Any]]()

    def noted(measured: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
        loads.extend(measured)
        return noise_of(measured)

    monkeypatch.setattr(benchmarks.commits.measure, "noise_of", noted)
    assert compared(capsys, "many", "many")[0] == 0
    rows = csv_io.read_table(out, "commits")
    assert len(rows) == 40 * 10 * 6 * len(SIDES)
    assert rows.to_dict("records")[: 18 * len(measured)] == [row for one in measured for row in one]
    assert len(loads) == 40 * 10
    assert loads[: len(tables)] == [load for one in tables for load in one["load"]], "those of the interrupted command"


def test_a_write_error_ends_with_one_line(repository: Path, tmp_path: Path) -> None:
    folder = repository / "some folder"  # the packages of the repository are not those of this command
    folder.mkdir()
    words = ("bench", "--commits", "first", "first", "--device", "cpu", "--out", str(tmp_path / "out"))
    done = run_module("benchmarks", *words, cwd=folder, environment=outside_xdist(), largest_file=20_000)
    assert done.returncode == 1, done.stderr
    [journal] = (tmp_path / "out" / "unfinished").iterdir()
    assert done.stderr.splitlines()[-1] == f"retrograde: {journal}: File too large; the same command continues"
    assert "Traceback" not in done.stderr


def test_a_folder_that_another_command_uses_is_refused(repository: Path, tmp_path: Path) -> None:
    with lock_folder(tmp_path), pytest.raises(InputError, match="another command is using it; wait until"):
        run_commits(("first", "first"), 10, "quick", "cpu", None, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"repository", LOCK}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "'none' names no commit of {repository}"),
        ("--all", "'--all' names no commit of {repository}"),
        (
            "old",
            "commit old cannot be timed: benchmarks/commits/worker.py has PROTOCOL = 0; expected PROTOCOL = 1 there",
        ),
        ("empty", "commit empty cannot be timed: it has no benchmarks/commits/worker.py; expected PROTOCOL"),
    ],
)
def test_a_commit_that_cannot_be_timed_is_refused_in_one_line(repository: Path, name: str, message: str) -> None:
    worker = repository / "benchmarks/commits/worker.py"
    worker.write_text("PROTOCOL = 0\n")
    git(repository, "commit", "--all", "--message", "old")
    git(repository, "tag", "old")
    worker.unlink()
    git(repository, "commit", "--all", "--message", "empty")
    git(repository, "tag", "empty")
    with pytest.raises(InputError, match=re.escape(message.format(repository=repository))):
        find_commit(repository, name)


def test_changes_that_are_in_no_commit_and_other_folders_are_refused(repository: Path, tmp_path: Path) -> None:
    assert repository_here(repository / "benchmarks") == repository
    (repository / "README.md").write_text("not timed")
    assert repository_here(repository) == repository
    (repository / "results/__init__.py").write_text("timed")
    with pytest.raises(InputError, match=r"results/__init__\.py has changes that are in no commit"):
        repository_here(repository)
    with pytest.raises(InputError, match="is in no git repository; expected a clone of the project"):
        repository_here(tmp_path)
    with pytest.raises(InputError, match="--rounds: 9 is refused; expected at least 10"):
        run_commits(("first", "first"), 9, "quick", None, None, None)


def test_without_git_the_command_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git cannot be run: No such file or directory; --commits needs it"):
        repository_here(tmp_path)
