"""Benchmark sessions, each in its own process, for the tests of what they write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def session(*arguments: str, calls: Path | None = None) -> subprocess.CompletedProcess[str]:
    # A worker of xdist marks its environment, and pytest-benchmark times nothing there.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")}
    environment["CALLS"] = str(calls)
    cache = ("-p", "no:cacheprovider") if calls is None else ("-o", f"cache_dir={calls / 'cache'}")
    words = [sys.executable, "-m", "pytest", *arguments, *cache]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def known_ratio(folder: Path, selected: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A session of the suite in `known_ratio.py`; writes tables into `folder/out`, and a dot per call into `folder`."""
    suite = ("-c", "pyproject.toml", "-p", "benchmarks.conftest", "tests/benchmarks/known_ratio.py", "-k", selected)
    where = ("--profile", "smoke", "--device", "cpu", "--out", str(folder / "out"))
    return session(*suite, *where, *options, calls=folder)
