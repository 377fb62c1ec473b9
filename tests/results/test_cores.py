"""A container's quota limits the cores that are used by default (cgroup v1 and v2, with parents)."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.cores import usable_cores

AFFINITY = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def version_2(limit: str, *, cgroup: str = "/", folder: str = "") -> dict[str, str]:
    return {"proc/self/cgroup": f"0::{cgroup}\n", f"sys/fs/cgroup{folder}/cpu.max": f"{limit} 100000\n"}


def version_1(limit: int, *, cgroup: str = "/", folder: str = "") -> dict[str, str]:
    mounted = f"sys/fs/cgroup/cpu,cpuacct{folder}"
    return {
        "proc/self/cgroup": f"4:memory:/other\n3:cpu,cpuacct:{cgroup}\n1:name=systemd:/\n0::/\n",
        f"{mounted}/cpu.cfs_quota_us": f"{limit}\n",
        f"{mounted}/cpu.cfs_period_us": "100000\n",
    }


@pytest.mark.parametrize(
    "files",
    [
        version_2("40000"),
        version_2("40000", cgroup="/pod/container", folder="/pod/container"),
        version_2("40000", cgroup="/pod/container", folder="/pod"),
        version_2("40000", cgroup="/of/the/host"),
        version_1(40000),
        version_1(40000, cgroup="/docker/abc", folder="/docker/abc"),
        version_1(40000, cgroup="/docker/abc"),
    ],
    ids=["2", "2, below", "2, parent's", "2, seen from within", "1", "1, below", "1, seen from within"],
)
def test_a_quota_below_one_core_counts_as_one(tmp_path: Path, files: dict[str, str]) -> None:
    assert usable_cores(write(tmp_path, files)) == 1


@pytest.mark.parametrize("files", [{}, version_2("max"), version_1(-1), version_2("a lot"), {"proc/self/cgroup": ""}])
def test_without_a_quota_the_affinity_counts(tmp_path: Path, files: dict[str, str]) -> None:
    assert usable_cores(write(tmp_path, files)) == AFFINITY


@given(quota=st.integers(1000, 6_400_000), affinity=st.integers(1, 64), version=st.sampled_from([1, 2]))
def test_the_smaller_of_quota_and_affinity_counts_rounded_up(
    quota: int, affinity: int, version: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = write(tmp_path_factory.mktemp("root"), version_1(quota) if version == 1 else version_2(str(quota)))
    with pytest.MonkeyPatch.context() as machine:
        machine.setattr(os, "sched_getaffinity", lambda pid: set(range(affinity)), raising=False)
        assert usable_cores(root) == min(affinity, math.ceil(quota / 100_000))
