"""Benchmark sessions, each in its own process, for the tests of what they write."""

from __future__ import annotations

import subprocess
from pathlib import Path

from warm_python import outside_xdist, run_module

ROOT = Path(__file__).parents[2]


def session(*arguments: str, calls: Path | None = None, largest_file: int = 0) -> subprocess.CompletedProcess[str]:
    environment = outside_xdist() | {"CALLS": str(calls)}
    cache = ("-p", "no:cacheprovider") if calls is None else ("-o", f"cache_dir={calls / 'cache'}")
    return run_module("pytest", *arguments, *cache, cwd=ROOT, environment=environment, largest_file=largest_file)


def known_ratio(folder: Path, selected: str, *options: str, largest_file: int = 0) -> subprocess.CompletedProcess[str]:
    """A session of the suite in `known_ratio.py`; writes tables into `folder/out`, and a dot per call into `folder`."""
    suite = ("-c", "pyproject.toml", "-p", "benchmarks.conftest", "tests/benchmarks/known_ratio.py", "-k", selected)
    where = ("--noconftest", "--profile", "smoke", "--device", "cpu", "--out", str(folder / "out"))
    return session(*suite, *where, *options, calls=folder, largest_file=largest_file)
