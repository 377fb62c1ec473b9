"""A signal that arrives during an import or a fork ends the command once that is over."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = """
import signal

try:
    signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    print("suppressed")
"""
COMMAND = """
import multiprocessing
import os
import signal
import sys
import time

from results.terminal.process import start


def main(words):
    if words == ["import"]:
        import library
    else:
        os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGTERM))
        multiprocessing.get_context("fork").Process(target=int).start()
    time.sleep(2)
    print("not interrupted")
    return 0


start(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.parametrize("when", ["import", "fork"])
def test_an_interrupt_is_not_lost(tmp_path: Path, when: str) -> None:
    """Python prints and drops an exception in what is called after a fork; a library may catch one in its import."""
    (tmp_path / "library.py").write_text(LIBRARY)
    (tmp_path / "command.py").write_text(COMMAND)
    done = subprocess.run(
        [sys.executable, "command.py", when],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("", "retrograde: interrupted; run the same command again\n")
    assert done.returncode == 128 + signal.SIGINT
