"""How busy other processes keep the machine during a measurement: their work makes times noisy.

The CPU time of other processes is None on Windows, which does not count the time of children that have ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from statistics import median
from typing import Any

import psutil

from results.cores import affinity

_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
"""The states in which a core does not idle. No system counts in all of them; `user` includes the time of guests."""


class LoadMeter:
    """Measures the load from its creation on, on the cores that this process may use."""

    def __init__(self) -> None:
        self._cores = affinity()
        self._start = time.monotonic()
        self._other_seconds = self._other_cpu_seconds()
        _load_average()  # on Windows, the first call starts psutil's estimate

    def read(self) -> dict[str, float | None]:
        """The load since the creation.

        `seconds`: the wall time. `other_cores`: the mean number of cores that other processes kept busy. The processes
        that this one has started, and those that they have started, are not other processes. `load_average`: the
        system's load average over the last minute, in which this process counts too; on Windows psutil estimates it,
        from 0 at the first meter on. None if the system reports none.
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
        if os.name == "nt":
            return None
        try:
            cores = psutil.cpu_times(percpu=True)
            busy = sum(getattr(cores[core], state, 0.0) for core in self._cores for state in _BUSY)
            return busy - _own_cpu_seconds()
        except (psutil.Error, OSError, LookupError, ValueError):
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
        return psutil.getloadavg()[0]
    except OSError:
        return None


def _own_cpu_seconds() -> float:
    """The CPU seconds of this process and its descendants, those that have ended included."""
    seconds = sum(os.times()[:4])  # user, system, and both of ended children, which psutil does not know on macOS
    for descendant in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile; its parent counts it
            seconds += sum(descendant.cpu_times()[:4])
    return seconds
