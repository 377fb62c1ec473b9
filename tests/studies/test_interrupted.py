"""Ctrl-C ends a command with 130 at any moment, and an interrupted transaction blocks no later command."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from commands import TINY, run_words, words
from observers import Observer, in_parallel, open_trials
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event

from results.terminal.folder_lock import LOCK
from studies.command_line.cli import main
from studies.engine.scheduler import MAX_ATTEMPTS_WITHOUT_PROGRESS


@contextlib.contextmanager
def interrupted_at(moment: str, number: int) -> Iterator[None]:
    """Sends Ctrl-C at the `number`-th such event of SQLAlchemy in this thread."""
    came = 0

    def interrupt(*_: object) -> None:
        nonlocal came
        if threading.current_thread() is threading.main_thread():
            came += 1
            if came == number:
                signal.raise_signal(signal.SIGINT)

    event.listen(sqlalchemy.Engine, moment, interrupt)
    try:
        yield
    finally:
        event.remove(sqlalchemy.Engine, moment, interrupt)


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "number"), [("after_cursor_execute", 75), ("commit", 20)])
def test_ctrl_c_in_a_transaction_ends_the_command_with_130(
    moment: str, number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with interrupted_at(moment, number):
        given = ["overhead", "attention", *run_words({**TINY, "epochs": 1}), "--rounds", "1"]
        assert main([*given, "--out", str(tmp_path)]) == 130
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == "retrograde: interrupted; no row is written"
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


@pytest.mark.slow
def test_ctrl_c_within_the_first_epoch_never_fails_a_run(tmp_path: Path) -> None:
    def interrupt(observer: Observer) -> None:
        observer.wait_until(lambda: any("worker" in trial.user_attrs for trial in running(tmp_path)))
        os.kill(os.getpid(), signal.SIGINT)

    given = ["run", "attention", *words({**TINY, "steps_per_epoch": 1_000_000}), "--out", str(tmp_path)]
    for _ in range(MAX_ATTEMPTS_WITHOUT_PROGRESS + 1):
        with in_parallel(interrupt):
            assert main([*given, "--workers", "1"]) == 130
    ended = [trial for trial in open_trials(tmp_path) if trial.state.is_finished()]
    assert [trial.user_attrs.get("stopped") for trial in ended] == [True] * (MAX_ATTEMPTS_WITHOUT_PROGRESS + 1)
    assert not any("rows" in trial.user_attrs for trial in ended)


def running(folder: Path) -> list[FrozenTrial]:
    return [trial for trial in open_trials(folder) if trial.state == TrialState.RUNNING]


ENDS = {
    "passed on": "time.sleep(60)",
    "turned into another error": """
try:
    time.sleep(60)
except KeyboardInterrupt as interruption:
    raise ValueError("no good") from interruption
""",
    "dropped": """
with contextlib.suppress(KeyboardInterrupt):
    time.sleep(60)
return 0
""",
    "turned into an exit": """
try:
    time.sleep(60)
finally:
    sys.exit(1)
""",
}
"""What a command may make of an interruption."""


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_command_ends_with_130_even_if_a_library_wraps_the_interrupt(end: str, name: str) -> None:
    code = f"""
import contextlib, os, signal, sys, threading, time
from results.terminal.process import start

def main(words):
    threading.Timer(0.1, os.kill, (os.getpid(), signal.{name})).start()
{textwrap.indent(ENDS[end], "    ")}

start(main)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_after_the_end_of_a_command_is_ignored(name: str) -> None:
    """Python waits for the thread, in which the interrupt was a traceback."""
    code = f"""
import os, signal, threading
from results.terminal.process import start

def main(words):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.{name})).start()
    return 0

start(main)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_interrupted_import_ends_the_command_with_130(tmp_path: Path) -> None:
    """Ctrl-C arrives while `click` is imported."""
    (tmp_path / "click.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run([sys.executable, "-m", "studies"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("retrograde: interrupted")
    assert done.stderr.count("\n") == 1
