"""Every command starts without the modules that only Unix has, as on Windows; the tests remove them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LACKING = """
import multiprocessing, os, signal, sys
import psutil  # its part for this system needs them

for name in ("fcntl", "resource", "termios", "pwd", "grp"):
    sys.modules[name] = None
for module, names in ((os, ("sysconf", "fork", "sched_getaffinity", "getuid")), (signal, ("SIGHUP", "SIGKILL"))):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
multiprocessing.set_start_method("spawn")
multiprocessing.get_all_start_methods = lambda: ["spawn"]
"""
"""A `sitecustomize`, which Python imports as it starts, in the workers too."""
TINY = "epochs=1 steps_per_epoch=2 hidden_size=8 batch_size=4 evaluation_size=8 test_size=8 min_length=1 max_length=3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lacking")
    (folder / "sitecustomize.py").write_text(LACKING)
    return folder


def python(folder: Path, *words: str) -> str:
    """The output of a process that must end with exit status 0."""
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{Path.cwd()}"}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported(folder: Path) -> None:
    code = """
import importlib, pkgutil
import benchmarks, results, seq2seq_core, studies
for package in (benchmarks, results, seq2seq_core, studies):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "peers" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print("imported")
"""
    assert python(folder, "-W", "ignore", "-c", code) == "imported\n"


@pytest.mark.parametrize("package", ["studies", "results", "benchmarks", "retrograde"])
def test_help_is_printed(package: str, folder: Path) -> None:
    assert python(folder, "-m", package, "--help").startswith("Usage: ")


@pytest.mark.slow
def test_a_study_runs_with_one_worker(folder: Path) -> None:
    settings = [word for setting in TINY.split() for word in ("--set", setting)]
    where = ["--out", str(folder / "out"), "--workers", "1"]
    output = python(
        folder, "-m", "studies", "run", "attention", "--profile", "smoke", "--seeds", "1", *settings, *where
    )
    assert "4 runs, 4 done" in output
    assert "report.html" in output
