"""The load of other processes, from made-up CPU times of each system and from those of this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn

import psutil
import pytest

from results.load import LoadMeter, noise_of

FIELDS = {
    "linux": "user nice system idle iowait irq softirq steal guest guest_nice",
    "macos": "user nice system idle",
    "freebsd": "user nice system idle irq",
}
"""What psutil knows of a core."""
NOT_BUSY = ("idle", "iowait", "guest", "guest_nice")
"""The time of guests is part of `user` and `nice`."""
on_unix = pytest.mark.skipif(os.name == "nt", reason="Windows does not count the time of children that have ended")


def core(system: str, busy: float) -> tuple[float, ...]:
    """Busy seconds of a core, spread over its states."""
    names = FIELDS[system].split()
    states = sum(name not in NOT_BUSY for name in names)
    return namedtuple("scputimes", names)(*(900.0 if name in NOT_BUSY else busy / states for name in names))


def raising(error: Exception) -> Callable[..., NoReturn]:
    def call(*_: object, **__: object) -> NoReturn:
        raise error

    return call


def descendant(*seconds: float) -> Any:
    """User, system, and both of ended children; Linux also knows for how long it waited."""
    return SimpleNamespace(cpu_times=lambda: (*seconds, 7.0))


def other_seconds(meter: LoadMeter) -> float:
    load = meter.read()
    assert load["other_cores"] is not None
    assert load["seconds"] is not None
    return load["other_cores"] * load["seconds"]


@on_unix
@pytest.mark.parametrize("system", FIELDS)
def test_busy_time_outside_this_process_and_its_descendants_is_other_work(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_times(busy: float, unusable: float, own: tuple[float, ...], *descendants: Any) -> None:
        cores = [core(system, unusable), core(system, busy)]
        monkeypatch.setattr(psutil, "cpu_times", lambda percpu: cores)
        monkeypatch.setattr(os, "times", lambda: (*own, 900.0))
        monkeypatch.setattr(psutil.Process, "children", lambda self, recursive: descendants)

    monkeypatch.setattr("results.load.affinity", lambda: {1})
    set_times(100.0, 0.0, (5.0, 5.0, 0.0, 0.0), descendant(3.0, 2.0, 0.0, 0.0))
    meter = LoadMeter()

    ended = SimpleNamespace(cpu_times=raising(psutil.NoSuchProcess(1)))
    # One second of its own, and two of children that have ended.
    set_times(
        120.0, 1000.0, (5.5, 5.5, 1.0, 1.0), descendant(4.0, 2.0, 0.5, 0.5), descendant(3.0, 1.0, 0.0, 0.0), ended
    )
    assert other_seconds(meter) == pytest.approx(20.0 - 1.0 - 2.0 - 2.0 - 4.0)


@on_unix
def test_the_work_of_a_child_that_has_ended_is_subtracted_once() -> None:
    meter = LoadMeter()
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 1: pass"], check=True)
    assert other_seconds(meter) > -0.5


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("psutil.cpu_times", FileNotFoundError("/proc/stat")),
        ("psutil.cpu_times", ValueError("many")),
        ("psutil.Process.children", psutil.AccessDenied(1)),
    ],
)
def test_where_the_system_reports_no_cpu_times_the_load_is_unknown(
    name: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name, raising(error))
    assert LoadMeter().read()["other_cores"] is None


def test_without_the_times_of_a_usable_core_the_load_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("results.load.affinity", lambda: {99999})
    assert LoadMeter().read()["other_cores"] is None


def test_on_windows_the_load_of_other_processes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as machine:
        machine.setattr(os, "name", "nt")
        load = LoadMeter().read()
    assert load["other_cores"] is None


def test_without_a_load_average_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "getloadavg", raising(OSError()))
    assert LoadMeter().read()["load_average"] is None


def test_means_are_weighted_by_time_without_unknown_values() -> None:
    measured = [
        {"seconds": 1.0, "other_cores": 0.5, "load_average": None, "control_spread": 0.01},
        {"seconds": 3.0, "other_cores": 0.1, "load_average": None, "control_spread": None},
        {"seconds": 6.0, "other_cores": None, "load_average": None},
        {"seconds": 0.0, "other_cores": 0.0, "load_average": None, "control_spread": 0.03},
    ]
    noise = {"seconds": 10.0, "other_cores": 0.2, "load_average": None, "control_spread": 0.02}
    assert noise_of(measured) == noise
    assert noise_of([{"seconds": 1.0, "other_cores": -0.01, "load_average": 2.0}])["other_cores"] == 0.0
