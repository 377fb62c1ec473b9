"""Standard streams that are closed, full, unread, or of an encoding that lacks a letter: a command ends as it would
have, with the exit status of what it found."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from warm_python import outside_xdist, run_module

REFERENCE = Path(__file__).parents[1] / "results/reference"


def shell(line: str, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The result of a line of bash, in which `"$@"` is Python with the arguments."""
    return subprocess.run(
        ["bash", "-c", line, "bash", sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def rows(name: str, folder: Path) -> Path:
    """A copy of a reference's rows."""
    folder.mkdir(parents=True)
    for path in [*(REFERENCE / name).glob("*.csv*"), REFERENCE / name / "provenance.json"]:
        shutil.copy(path, folder)
    return folder


TWO_KINDS = "two_kinds"
"""Stands for the folder of the fixture."""
SAME = ("results", "compare", REFERENCE / "validity", REFERENCE / "validity")
WORSE = ("results", "compare", TWO_KINDS, REFERENCE / "validity")
WRONG = ("studies", "rnu")


@pytest.mark.parametrize(
    ("line", "words", "status"),
    [
        ('"$@" 2>&-', WRONG, 2),
        ('"$@" >&- 2>&- <&-', WRONG, 2),
        ('"$@" 2>/dev/full', WRONG, 2),
        ('"$@" | true; exit ${PIPESTATUS[0]}', ("studies", "list"), 0),
        ('"$@" | true; exit ${PIPESTATUS[0]}', ("studies", "--help"), 0),
        ('"$@" | true; exit ${PIPESTATUS[0]}', SAME, 0),
        ('"$@" | true; exit ${PIPESTATUS[0]}', WORSE, 1),
        ('"$@" >&-', WORSE, 1),
    ],
)
def test_a_closed_pipe_does_not_change_the_exit_status(
    line: str, words: tuple[str | Path, ...], status: int, two_kinds: Path
) -> None:
    done = shell(line, *(two_kinds if word == TWO_KINDS else word for word in words))
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


@pytest.mark.parametrize(
    ("words", "status", "stderr"),
    [
        *(((words,), 0, stderr) for words in ("--help", "--version") for stderr in ("read", "closed", "no reader")),
        *((("rnu",), 2, stderr) for stderr in ("read", "closed", "no reader")),
        (("run", "-h"), 0, "read"),
        (("list", "--json"), 0, "read"),
        (("compare", TWO_KINDS, REFERENCE / "validity"), 1, "no reader"),
    ],
)
def test_a_pipe_whose_reader_is_gone_does_not_change_the_exit_status(
    words: tuple[str | Path, ...], status: int, stderr: str, two_kinds: Path
) -> None:
    """As in `retrograde list | head -3`, here certainly before the first line is written."""
    reader, writer = os.pipe()
    os.close(reader)
    command = ["bash", "-c", '"$@" 2>&-' if stderr == "closed" else '"$@"', "bash", sys.executable, "-m", "retrograde"]
    errors = writer if stderr == "no reader" else subprocess.PIPE
    done = subprocess.run(
        [*command, *(two_kinds if word == TWO_KINDS else word for word in words)],
        stdout=writer,
        stderr=errors,
        text=True,
    )
    os.close(writer)
    assert done.returncode == status
    assert (done.stderr or "").count("\n") == (status == 2 and stderr == "read")


def test_json_is_alone_on_stdout_if_the_code_of_a_study_prints(tmp_path: Path) -> None:
    printing = "import os\nprint('printed')\nos.system('echo from a child')\n"
    (tmp_path / "noisy.py").write_text(f"{printing}from studies.catalog.attention import STUDY\n")
    environment = outside_xdist() | {"PYTHONPATH": str(REFERENCE.parents[1])}
    words = ("show", "./noisy.py", "--no-estimate", "--json")
    done = run_module("retrograde", *words, cwd=tmp_path, environment=environment)
    assert json.loads(done.stdout)["study"] == "noisy"
    assert done.stderr.split("\n") == ["printed", "from a child", ""]


def test_lost_output_ends_with_exit_status_1() -> None:
    done = shell('"$@" >/dev/full', *SAME)
    assert (done.returncode, done.stderr) == (1, "retrograde: standard output: No space left on device\n")


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    rows("validity", tmp_path / "größe" / "validity")
    done = shell('"$@"', "results", "index", tmp_path / "größe", PYTHONIOENCODING="ascii")
    written = "".join(f"{tmp_path}/gr\\xf6\\xdfe/{name}\n" for name in ("README.md", "index.html"))
    assert (done.returncode, done.stdout, done.stderr) == (0, written, "")


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    rows("validity", Path(name))
    done = shell('"$@"', "results", "report", name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "expected the name of a file or a folder, in UTF-8" in done.stderr
    assert not (Path(name) / "report.md").exists()


@pytest.mark.slow
def test_a_closed_stderr_does_not_stop_the_work(tmp_path: Path) -> None:
    """What is opened afterwards must not get the number of the stream that is closed, and the bar in it."""
    for line in ('"$@" 2>&-', '"$@" 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}'):
        done = shell(line, "benchmarks", "check", "--cases", "1", "--out", tmp_path)
        assert done.returncode in (0, 1)  # 1: on a busy machine, too few of a few cases agree with the claims
        assert done.stderr == ""
        assert len((tmp_path / "checks.csv").read_text().splitlines()) == 3


@pytest.mark.slow
def test_a_study_is_completed_if_nobody_reads_its_output(tmp_path: Path) -> None:
    small = ["epochs=1", "steps_per_epoch=1", "hidden_size=4", "batch_size=2", "evaluation_size=2", "test_size=2"]
    words = [word for setting in [*small, "max_length=5"] for word in ("--set", setting)]
    line = '"$@" 2>&- | true; exit ${PIPESTATUS[0]}'
    done = shell(line, "studies", "run", "attention", "--profile", "smoke", "--seeds", "1", *words, "--out", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "report.html").exists()
