"""How many cores this process may use: the default of every number of workers and threads.

A container's limit (`docker --cpus 2`, a scheduler's share) is a quota of time, which neither `os.cpu_count` nor the
affinity shows: on a machine with 64 cores both say 64.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def usable_cores(root: Path = Path("/")) -> int:
    """The cores of the process's affinity, or its cgroup's quota, rounded up, if that is less; at least 1.

    `root` is the folder that holds `proc` and `sys`; where neither is there, as on Windows, no quota is known.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([affinity, *(math.ceil(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """In cores, of each cgroup that the process is in, and of those around it."""
    for folder in _cgroups(root):
        if quota := _numbers(folder / "cpu.max"):  # version 2: "200000 100000", or "max 100000" without a limit
            yield quota[0] / quota[1]
        quota, period = _numbers(folder / "cpu.cfs_quota_us"), _numbers(folder / "cpu.cfs_period_us")  # version 1
        if quota and period and quota[0] > 0:  # -1 without a limit
            yield quota[0] / period[0]


def _cgroups(root: Path) -> Iterator[Path]:
    """The folders of the process's cgroups, each with its parents. In a container its own is mounted as the uppermost,
    while the path may still be the host's: folders that are not there are passed over by who reads them."""
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
    """Those in the file, separated by spaces; none where there is no such file, or a word in it."""
    try:
        return [float(word) for word in file.read_text().split()]
    except (OSError, ValueError):
        return []
