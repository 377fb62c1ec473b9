"""The load of other processes, from the files of a made-up /proc and from those of this system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from results.load import LoadMeter, noise_of

HZ = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
CORE = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
ME = os.getpid()
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the CPU time of other processes is known on Linux only")


def write_stat(proc: Path, busy: float, unusable: float = 0.0) -> None:
    """Busy seconds of a core that this process may use, spread over its states, and of one that it may not use."""
    user, nice, system, irq, softirq = (round(busy * HZ * part) for part in (0.5, 0.1, 0.2, 0.05, 0.05))
    steal = round(busy * HZ) - user - nice - system - irq - softirq
    proc.mkdir(parents=True, exist_ok=True)
    (proc / "stat").write_text(
        f"cpu  {user} {nice} {system} 900 900 {irq} {softirq} {steal} 7 7\n"
        f"cpu{CORE} {user} {nice} {system} 900 900 {irq} {softirq} {steal} 7 7\n"
        f"cpu99999 {round(unusable * HZ)} 0 0 900 900 0 0 0 0 0\nintr 5\n"
    )


def write_process(proc: Path, pid: int, parent: int, seconds: float, of_children: float = 0.0) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    times = " ".join(str(round(part * HZ / 2)) for part in (seconds, seconds, of_children, of_children))
    (folder / "stat").write_text(f"{pid} (a name) with (spaces) S {parent} 1 1 0 -1 0 0 0 0 0 {times} 20 0 1 0\n")


def other_seconds(meter: LoadMeter) -> float:
    load = meter.read()
    assert load["other_cores"] is not None
    assert load["seconds"] is not None
    return load["other_cores"] * load["seconds"]


@on_linux
def test_what_is_busy_and_not_of_this_process_or_its_descendants_is_other_work(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    (proc / "net").mkdir(parents=True)
    write_stat(proc, busy=100.0)
    write_process(proc, ME, 1, 10.0)
    write_process(proc, 2, ME, 5.0)
    write_process(proc, 1, 0, 50.0)
    meter = LoadMeter(tmp_path)

    write_stat(proc, busy=120.0, unusable=1000.0)
    write_process(proc, ME, 1, 11.0, of_children=2.0)  # a second of its own, and two of children that have ended
    write_process(proc, 2, ME, 7.0)
    write_process(proc, 3, 2, 4.0)
    write_process(proc, 1, 0, 60.0)
    assert other_seconds(meter) == pytest.approx(20.0 - 1.0 - 2.0 - 2.0 - 4.0, abs=0.1)


@on_linux
def test_the_work_of_a_child_that_has_ended_is_subtracted_once() -> None:
    meter = LoadMeter()
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 1: pass"], check=True)
    assert other_seconds(meter) > -0.5


@pytest.mark.parametrize("name", ["no folder", "stat", "process"])
def test_where_the_system_reports_no_cpu_times_the_load_is_unknown(tmp_path: Path, name: str) -> None:
    if name != "no folder":
        write_stat(tmp_path / "proc", busy=1.0)
    if name == "stat":
        write_process(tmp_path / "proc", ME, 1, 1.0)
        (tmp_path / "proc" / "stat").write_text(f"cpu{CORE} many\n")
    if name == "process":
        (tmp_path / "proc" / "1").mkdir()
        (tmp_path / "proc" / "1" / "stat").write_text("1 (init) S\n")
    assert LoadMeter(tmp_path).read()["other_cores"] is None


def test_means_are_weighted_by_time_and_what_is_unknown_is_left_out() -> None:
    measured = [
        {"seconds": 1.0, "other_cores": 0.5, "load_average": None, "control_spread": 0.01},
        {"seconds": 3.0, "other_cores": 0.1, "load_average": None, "control_spread": None},
        {"seconds": 6.0, "other_cores": None, "load_average": None},
        {"seconds": 0.0, "other_cores": 0.0, "load_average": None, "control_spread": 0.03},
    ]
    noise = {"seconds": 10.0, "other_cores": 0.2, "load_average": None, "control_spread": 0.02}
    assert noise_of(measured) == noise
    assert noise_of([{"seconds": 1.0, "other_cores": -0.01, "load_average": 2.0}])["other_cores"] == 0.0
