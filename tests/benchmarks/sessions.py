"""Whole benchmark sessions, each in a process of its own, for the tests of what they write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def session(*arguments: str, calls: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CALLS": str(calls)}
    cache = ("-p", "no:cacheprovider") if calls is None else ("-o", f"cache_dir={calls / 'cache'}")
    words = [sys.executable, "-m", "pytest", *arguments, *cache]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def planted(folder: Path, chosen: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A session of the suite in `planted.py`: tables in `folder/out`, dots for calls in `folder`."""
    suite = ("-c", "pyproject.toml", "-p", "benchmarks.conftest", "tests/benchmarks/planted.py", "-k", chosen)
    where = ("--profile", "smoke", "--device", "cpu", "--out", str(folder / "out"))
    return session(*suite, *where, *options, calls=folder)
