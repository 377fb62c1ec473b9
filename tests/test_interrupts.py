"""Ctrl-C ends a command in order, whatever it is doing."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = """
import time
try:
    print("importing", flush=True)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
except BaseException as error:
    raise TypeError("half imported") from error
"""
"""Turns Ctrl-C into another error as it is imported, as torch and SciPy do."""
COMMAND = """
from results.terminal.command_line import run_command
from results.terminal.process import start

def command():
    import library
    print("working", flush=True)
    while True:
        pass

start(lambda words: run_command(command))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["importing", "working"])
def test_an_interruption_ends_a_command_with_130(moment: str, number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text(LIBRARY)
    command = f"import sys; sys.path.append({str(tmp_path)!r})\n{COMMAND}"
    with subprocess.Popen(
        [sys.executable, "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        while process.stdout.readline() != f"{moment}\n":
            assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate()
    assert (process.returncode, err) == (130, "retrograde: interrupted\n")


FORKING = """
import multiprocessing
import os
import signal
import time

from results.terminal.process import start

def command(words):
    os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGTERM))
    multiprocessing.get_context("fork").Process(target=int).start()
    time.sleep(2)
    print("not interrupted")
    return 0

start(command)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_an_interruption_during_a_fork_is_not_lost() -> None:
    """Python prints and drops an exception of what is called after a fork, such as the release of logging's lock."""
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "retrograde: interrupted; run the same command again\n")
    assert done.returncode == 130
