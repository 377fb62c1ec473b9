"""The number of cores that this process may use: the default number of workers and threads.

The limit of a container (`docker --cpus 2`) or a scheduler is a quota of CPU time, which neither `os.cpu_count` nor the
affinity shows.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def usable_cores(root: Path = Path("/")) -> int:
    """The cores of the process's affinity or its cgroup's quota rounded up, whichever is less; at least 1.

    `root` is the folder with `proc` and `sys`; without them, as on Windows, no quota is known.
    """
    return max(1, min([len(affinity()), *(math.ceil(quota) for quota in _quotas(root))]))


def affinity() -> set[int]:
    """The numbers of the cores that the scheduler may run this process on; all cores where the system reports none."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _quotas(root: Path) -> Iterator[float]:
    """The quotas in cores of the process's cgroups and their parents."""
    for folder in _cgroups(root):
        if quota := _numbers(folder / "cpu.max"):  # version 2: "200000 100000", or "max 100000" without a limit
            yield quota[0] / quota[1]
        quota, period = _numbers(folder / "cpu.cfs_quota_us"), _numbers(folder / "cpu.cfs_period_us")  # version 1
        if quota and period and quota[0] > 0:  # -1 without a limit
            yield quota[0] / period[0]


def _cgroups(root: Path) -> Iterator[Path]:
    """The folders of the process's cgroups and their parents.

    In a container the own cgroup is mounted as the root while the path may be that of the host, so some of the folders
    may not exist.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounted = root / "sys/fs/cgroup" / controllers
        inside = mounted / path.lstrip("/")
        yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(mounted))


def _numbers(file: Path) -> list[float]:
    """The numbers in the file, separated by spaces; empty without the file, or if it holds another word."""
    try:
        return [float(word) for word in file.read_text().split()]
    except (OSError, ValueError):
        return []
