"""The benchmarks' options and devices, and the `compare` fixture.

`python -m pytest benchmarks --profile quick` times one candidate of one case a test and, when no test is left, writes
`throughput.csv`, `rounds.csv`, `ceilings.csv` and the provenance. A test that fails has no row and fails the session;
the rows of the others are written all the same. A session that is cut off writes no table: the same command goes on.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.compare import Compare
from benchmarks.paired import TIMER
from benchmarks.profiles import PROFILES, profile_of
from benchmarks.session import Session
from results import records
from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.device import DEVICES, check_device

OUT = "results/local/benchmarks"
SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    # Values are checked in pytest_configure and not by `choices`: pytest would answer with its usage and exit status 4.
    group = parser.getgroup("retrograde")
    group.addoption("--profile", default="quick", help=f"how much to measure: {', '.join(PROFILES)} (default: quick)")
    group.addoption("--device", help=f"{' or '.join(DEVICES)} (default: cpu, and cuda too where there is one)")
    group.addoption("--out", help=f"folder for the tables, in place of those there (default: {OUT} in the repository)")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.help:
        return
    try:
        if config.option.profile not in PROFILES:
            raise ConfigError(
                f"--profile: {config.option.profile!r} is refused; {suggest(config.option.profile, PROFILES)}"
            )
        for device in devices(config):
            check_device(device)
        folder = records.prepare_folder(out(config))
    except (ConfigError, records.InputError) as error:
        pytest.exit(str(error), returncode=2)
    gpu = torch.cuda.get_device_name() if "cuda" in devices(config) else None
    config.stash[SESSION] = Session(config, folder, gpu)
    config.pluginmanager.register(config.stash[SESSION])


def devices(config: pytest.Config) -> list[str]:
    if config.option.device:
        return [config.option.device]
    return [name for name in DEVICES if name == "cpu" or torch.cuda.is_available()]


def out(config: pytest.Config) -> Path:
    return config.invocation_params.dir / config.option.out if config.option.out else config.rootpath / OUT


@pytest.hookimpl(tryfirst=True)  # before the suites: the parameter of the last call varies fastest
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = {"cpu": (), "cuda": (pytest.mark.gpu,)}
    names = [pytest.param(torch.device(name), id=name, marks=marks[name]) for name in devices(metafunc.config)]
    metafunc.parametrize("device", names)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.benchmark(timer=TIMER))
        # a candidate that breaks before its rounds has failed once, not twice
        item.add_marker(pytest.mark.filterwarnings("ignore:Benchmark fixture was not used at all"))


@pytest.fixture
def compare(benchmark: BenchmarkFixture, pytestconfig: pytest.Config) -> Compare:
    return Compare(benchmark, profile_of(pytestconfig).limits, pytestconfig.stash[SESSION].ledger)
