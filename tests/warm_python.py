"""`python -m MODULE WORDS` in a process of its own, forked from a Python that has imported the large libraries.

It saves the 3 seconds of processor time in which a new Python imports torch, pandas and SciPy. A process whose start is
itself under test needs a new Python instead.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

SERVER = """
import gc, json, os, resource, runpy, sys
import matplotlib.figure, optuna, pandas, scipy.stats, torch

gc.collect()
gc.freeze()  # pytest collects garbage five times as it ends, which takes a second with all these objects

for line in sys.stdin:
    request = json.loads(line)
    streams = [os.open(os.devnull, os.O_RDONLY), *(os.open(pipe, os.O_WRONLY) for pipe in request["pipes"])]
    child = os.fork()
    if not child:
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["cwd"])
        if request["largest_file"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["largest_file"], resource.RLIM_INFINITY))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        sys.path.insert(0, request["cwd"])
        sys.argv = [request["module"], *request["words"]]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        sys.exit()
"""


def run_module(
    module: str, *words: str, cwd: Path, environment: dict[str, str], largest_file: int = 0
) -> subprocess.CompletedProcess[str]:
    """Waits for the process; `largest_file` limits the bytes of each file that it writes, as a full disk would."""
    server = _server()
    assert server.stdin
    assert server.stdout
    with TemporaryDirectory() as folder:
        pipes = [Path(folder) / name for name in ("out", "err")]
        for pipe in pipes:
            os.mkfifo(pipe)
        request = {"module": module, "words": words, "cwd": str(cwd), "pipes": [*map(str, pipes)]}
        print(json.dumps(request | {"environment": environment, "largest_file": largest_file}), file=server.stdin)
        server.stdin.flush()
        with ThreadPoolExecutor(2) as readers:
            out, err = readers.map(Path.read_text, pipes)
        return subprocess.CompletedProcess([module, *words], int(server.stdout.readline()), out, err)


@cache
def _server() -> subprocess.Popen[str]:
    """One for all tests of this process; it ends when its stdin is closed."""
    words = [sys.executable, "-c", SERVER]
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=outside_xdist())
    atexit.register(server.__exit__, None, None, None)
    return server


def outside_xdist() -> dict[str, str]:
    """The environment without the marks of xdist's workers, in which pytest-benchmark times nothing."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
