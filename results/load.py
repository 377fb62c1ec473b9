"""How busy other processes keep the machine during a measurement: their work makes times noisy.

The CPU time of other processes is known on Linux, from /proc; on other systems it is None.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any


class LoadMeter:
    """Measures the load from its creation on.

    `root` is the folder with `proc`.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._proc = root / "proc"
        self._start = time.monotonic()
        self._other_seconds = self._other_cpu_seconds()

    def read(self) -> dict[str, float | None]:
        """The load since the creation.

        `seconds`: the wall time. `other_cores`: the mean number of cores that other processes kept busy. The processes
        that this one has started, and those that they have started, are not other processes. `load_average`: the
        system's load average over the last minute, in which this process counts too. None if the system reports none.
        """
        seconds = time.monotonic() - self._start
        before, after = self._other_seconds, self._other_cpu_seconds()
        return {
            "seconds": seconds,
            "other_cores": None if before is None or after is None else (after - before) / seconds,
            "load_average": _load_average(),
        }

    def _other_cpu_seconds(self) -> float | None:
        """The CPU seconds of other processes since the start of the system; steal, the time that a hypervisor gave to
        other machines, counts as such. None if the system reports none."""
        try:
            ticks = _busy_ticks((self._proc / "stat").read_text()) - _own_ticks(self._proc, os.getpid())
            return ticks / os.sysconf("SC_CLK_TCK")
        except (OSError, AttributeError, ValueError, LookupError):  # not Linux
            return None


def noise_of(measured: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """The noise of several measurements, for their provenance: means of their loads, weighted by seconds, and the
    median of the `control_spread` that some of them have; None where nothing is known."""
    noise: dict[str, float | None] = {"seconds": round(sum(one["seconds"] for one in measured), 1)}
    for name in ("other_cores", "load_average"):
        known = [one for one in measured if one[name] is not None]
        weight = sum(one["seconds"] for one in known)
        mean = sum(one[name] * one["seconds"] for one in known) / weight if weight else None
        noise[name] = None if mean is None else round(max(0.0, mean), 3)
    spreads = [one["control_spread"] for one in measured if one.get("control_spread") is not None]
    return {**noise, "control_spread": round(median(spreads), 4) if spreads else None}


def _load_average() -> float | None:
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows
        return None


def _busy_ticks(stat: str) -> int:
    """The clock ticks in which the cores that this process may use did not idle; `stat` is the text of /proc/stat."""
    usable = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    ticks = 0
    for line in stat.splitlines():
        name, *fields = line.split()
        if name in usable:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            ticks += user + nice + system + irq + softirq + steal
    return ticks


def _own_ticks(proc: Path, pid: int) -> int:
    """The clock ticks of a process and its descendants, those that have ended included."""
    parents, ticks = {}, {}
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile; its parent counts it
                continue
            parents[int(folder.name)] = int(fields[1])
            ticks[int(folder.name)] = sum(map(int, fields[11:15]))  # user, system, and both of ended children
    return sum(ticks[one] for one in ticks if pid in _ancestors(one, parents))


def _ancestors(pid: int, parents: Mapping[int, int]) -> list[int]:
    """The process, its parent, and so on."""
    line = [pid]
    while (parent := parents.get(line[-1])) is not None and parent not in line:
        line.append(parent)
    return line
