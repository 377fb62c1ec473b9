"""The command line lists studies, and refuses invalid arguments in one line before any file is written."""

import contextlib
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from commands import TINY, refused, words

from results.terminal.folder_lock import lock_folder
from studies import catalog
from studies.command_line.cli import main
from studies.command_line.cli import studies as group
from studies.engine.queue import Queue
from studies.engine.retry import RetryTimeout
from studies.engine.storage import default_url, open_storage
from studies.planning.plan import plan

RUN = ["run", "attention", *words(TINY)]
"""Small, in case that it is not refused."""
NAMING = ("show", "run", "work", "status")
"""Commands that name a study,"""
STORING = ("run", "work", "status")
"""of them those with a storage,"""
JOINING = ("work", "status")
"""and of them those that need what a `run` has made."""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("rum attention", "no such command 'rum'; did you mean 'run'?"),
        ("run attention --sets cell=lstm", "no such option '--sets'; did you mean '--set'?"),
        ("run", "missing argument 'NAME'"),
        *((f"{command} atention", "unknown study 'atention'; did you mean 'attention'?") for command in NAMING),
        *((f"{command} attention", "no study in the folder results/local/attention; expected") for command in JOINING),
        *((f"{command} attention --out there", "no study in the folder there; expected") for command in JOINING),
        ("run attention --profile fast", "--profile: 'fast' is not one of 'smoke', 'quick', 'full'"),
        (
            "run attention --seeds 0",
            "'0' is refused; expected a number from 1 to 10,000, or different seeds such as 5-9",
        ),
        ("run attention --arm dott", "unknown arm 'dott'; did you mean 'dot'?"),
        ("run attention --arm dot --arm dot", "--arm: dot is given twice"),
        ("run attention --add deep", "'deep' is refused; expected NAME: KEY=VALUE ..., such as 'deep: score=dot"),
        ("run attention --add dot:layers=2", "arm 'dot': the study has an arm of this name; expected another name"),
        ("run attention --add x:layer=2", "arm 'x': 'layer' is not a setting that an arm can override; did you mean"),
        ("run lengths --levels max_length=10,", "'max_length=10,' is refused; expected FACTOR=LEVELS, such as max_len"),
        ("run lengths --levels max_length=15", "max_length has no level 15 at profile 'quick'; known: 10, 20, 40"),
        ("run attention --seeds -3", "expected"),
        ("run attention --workers 0", "'0' is refused; expected an integer from 1 to 1,000"),
        ("run attention --workers two", "'two' is refused; expected an integer from 1 to 1,000"),
        ("work attention --workers 0", "'0' is refused; expected an integer from 1 to 1,000"),
        ("status attention --workers 2", "no such option '--workers'"),
        *((f"{command} attention --storage=", "--storage: the URL cannot be read") for command in STORING),
        ("run attention --storage mysql://me@host/database", "mysql is not supported"),
        ("run attention --storage sqlite:///:memory:", "the URL names no database; expected sqlite:///FILE"),
        ("work attention --storage sqlite:///none", "--storage sqlite:///none: file not found"),
        ("run attention --device tpu", "--device: 'tpu' is not one of 'cpu', 'cuda'"),
        ("run attention --set hidden_size", "expected KEY=VALUE, such as hidden_size=128"),
        ("run attention --set hiden_size=3", "unknown setting 'hiden_size'; did you mean 'hidden_size'?"),
        ("run attention --set max_length=-1", "TaskConfig.max_length: -1 is refused"),
        ("run attention --set cell=gruu", "ModelConfig.cell: 'gruu' is refused; expected one of gru, lstm, rnn"),
        ("run attention --set hidden_size=big", "ModelConfig.hidden_size: 'big' is refused"),
        ("run attention --set score=dot", "score: every arm sets it"),
        ("run attention --profile full --set max_length=20", "max_length: it is a factor at profile 'full'"),
        ("run attention --set query=previous", "arm 'none': ModelConfig.query"),
    ],
)
def test_invalid_arguments_are_refused_before_a_file_is_written(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(words.split(), capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["postgresql://me:sesame@host/database", "postgresql://host/database?password=sesame"])
@pytest.mark.parametrize("word", ["", "--storge=", "--profile="])
def test_a_misplaced_url_is_not_printed(word: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for given in ([f"{word}{url}"], ["run", "attention", f"{word}{url}"]):
        message = refused(given, capsys)
        assert ("postgresql://..." in message) == ("no such option" not in message)
        assert "sesame" not in message


def test_the_process_ends_with_the_same_status_and_line() -> None:
    done = subprocess.run([sys.executable, "-m", "studies", "run", "atention"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "retrograde: unknown study 'atention'; did you mean 'attention'?\n"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_the_device_cuda_is_refused_without_cuda(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no CUDA device" in refused([*RUN, "--device", "cuda", "--out", str(tmp_path / "o")], capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file in place of the folder stops every user; missing permissions would not stop root."""
    (tmp_path / "taken").write_text("a file")
    for out in (tmp_path / "taken", tmp_path / "taken" / "under"):
        assert "cannot be written" in refused([*RUN, "--out", str(out)], capsys)
    assert (tmp_path / "taken").read_text() == "a file"
    (tmp_path / "checkpoints").write_text("a file")
    assert "checkpoints is a file; expected a folder" in refused([*RUN, "--out", str(tmp_path)], capsys)


def test_a_folder_of_another_study_is_refused_and_not_changed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        Queue(storage, "other", lambda line: None)
        assert "holds the study 'other'" in refused([*RUN, "--out", str(tmp_path)], capsys)
        assert [study.study_name for study in storage.get_all_studies()] == ["other"]
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("somebody's rows", "runs.csv is not a table of runs"),
        ("run_id,x\nabc,1\n", "convergence.csv: file not found; expected"),
    ],
)
def test_a_folder_with_rows_of_another_storage_is_refused_and_not_changed(
    rows: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Also rows whose storage was somewhere else, or is lost."""
    (tmp_path / "runs.csv").write_text(rows)
    assert message in refused([*RUN, "--out", str(tmp_path)], capsys)
    assert (tmp_path / "runs.csv").read_text() == rows


@pytest.mark.parametrize("left", ["nothing", "an empty file", "an empty database", "another study"])
def test_rows_without_their_storage_are_refused_before_a_storage_is_created(
    left: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "runs.csv").write_text("run_id,x\nabc,1\n")
    file = tmp_path / "study.sqlite3"
    if left == "an empty file":
        file.touch()
    elif left == "an empty database":
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.executescript("CREATE TABLE notes (note TEXT); DROP TABLE notes")
    elif left == "another study":
        with open_storage(default_url(tmp_path)) as storage:
            Queue(storage, "other", lambda line: None)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    message = refused([*RUN, "--out", str(tmp_path / "out"), "--storage", default_url(tmp_path)], capsys)
    assert "convergence.csv: file not found; expected it beside the other tables" in message
    if left == "another study":
        with open_storage(default_url(tmp_path)) as storage:
            assert [study.study_name for study in storage.get_all_studies()] == ["other"]
    else:
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("command", JOINING)
def test_an_empty_storage_stays_empty_if_the_command_is_refused(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "study.sqlite3").touch()
    assert "expected the storage of an earlier `run`" in refused([command, "attention", "--out", str(tmp_path)], capsys)
    assert (tmp_path / "study.sqlite3").read_bytes() == b""


@pytest.mark.skipif(os.name == "nt", reason="workers are started without a socket")
def test_a_temporary_folder_that_is_unfit_for_a_socket_is_refused_before_a_file_is_written(tmp_path: Path) -> None:
    """The path of a socket has 107 letters at most."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    words = [*RUN, "--out", str(tmp_path / "out")]
    environment = os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run([sys.executable, "-m", "studies", *words], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"retrograde: TMPDIR={folder}: workers cannot be started")
    assert done.stderr.endswith(
        "(AF_UNIX path too long); expected a short path to a folder that can be written, such as TMPDIR=/tmp\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with lock_folder(tmp_path):
        assert "another command is using it" in refused([*RUN, "--out", str(tmp_path)], capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["study.lock"]


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in NAMING)])
def test_help_imports_no_large_package(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from studies.command_line.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print({'torch', 'optuna', 'pandas', 'sqlalchemy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")
    assert done.stdout.endswith("set()\n")


def test_list_prints_a_line_for_each_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == catalog.names()
    assert re.search(r"attention +Does attention help\?", lines[1])


def test_show_prints_slips_and_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "article", "--no-estimate"]) == 0
    message = capsys.readouterr().out
    assert "none_stuck_state      score=none, stuck_state\n" in message
    assert "none                  score=none  (the baseline)\n" in message
    assert "recipe    article\n" in message


def test_show_prints_the_number_of_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "attention", "--no-estimate", "--profile", "full", "--seeds", "3", "--set", "cell=lstm"]) == 0
    message = capsys.readouterr().out
    assert "runs      4 arms x 3 max_length x 3 seeds = 36\n" in message
    assert "factors   max_length: 14, 28, 56\n" in message
    assert "seeds     0, 1, 2\n" in message
    assert "score=none  (the baseline)" in message
    assert "cell=lstm" in message


def test_show_prints_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["show", "article", "--no-estimate", "--profile", "full", "--seeds", "7-8", "--set", "batch_size=5"]
    assert main([*words, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    planned = plan(catalog.load("article"), "full", seeds=(7, 8), settings={"batch_size": 5})
    assert (
        shown["runs"]
        == planned.size
        == len(shown["arms"]) * len(shown["seeds"]) * math.prod(len(levels) for levels in shown["factors"].values())
    )
    assert (shown["seeds"], shown["training"]["batch_size"], shown["recipe"]) == ([7, 8], 5, "article")
    assert [arm["name"] for arm in shown["arms"] if arm["baseline"]] == ["none"]
    stuck = {"settings": {"score": None}, "recipe": "article", "slips": ["stuck_state"], "baseline": False}
    assert {"name": "none_stuck_state", **stuck} in shown["arms"]
    assert (shown["workers"], shown["seconds"], shown["no_estimate"]) == (None, None, None)
    assert main(words) == 0
    text = capsys.readouterr().out
    assert f"compared  {shown['comparisons']} comparisons; a verdict needs {shown['seeds_for_a_verdict']} seeds" in text
    assert shown["question"] in text


@pytest.mark.parametrize(
    ("name", "hint"),
    [("run", "; run the same command again to resume"), ("overhead", "; no row is written"), ("status", "")],
)
def test_a_storage_that_stays_unavailable_is_one_line_with_the_hint_of_the_command(
    name: str, hint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise RetryTimeout("study.sqlite3: disk I/O error")

    monkeypatch.setattr(group.commands[name], "callback", unavailable)
    assert main([name, "attention"]) == 1
    assert capsys.readouterr().err == f"retrograde: study.sqlite3: disk I/O error; still unavailable{hint}\n"
