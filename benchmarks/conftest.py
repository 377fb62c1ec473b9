"""The benchmarks' options and devices, the `compare` fixture, and the export of the rows.

`python -m pytest benchmarks --profile quick` times one candidate of one case a test and, when the session ends, writes
`throughput.csv`, `rounds.csv` and the provenance. A test that fails has no row and fails the session; the rows of the
others are written all the same.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.compare import Compare, Ledger
from benchmarks.paired import TIMER
from benchmarks.profiles import PROFILES, profile_of
from benchmarks.progress import Progress
from results import provenance, records
from results.statistics import LEVEL
from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.device import DEVICES, check_device

OUT = "results/local/benchmarks"
LEDGER = pytest.StashKey[Ledger]()
STARTED = pytest.StashKey[datetime]()


def pytest_addoption(parser: pytest.Parser) -> None:
    # Values are checked in pytest_configure and not by `choices`: pytest would answer with its usage and exit status 4.
    group = parser.getgroup("retrograde")
    group.addoption("--profile", default="quick", help=f"how much to measure: {', '.join(PROFILES)} (default: quick)")
    group.addoption("--device", help=f"{' or '.join(DEVICES)} (default: cpu, and cuda too where there is one)")
    group.addoption("--out", help=f"folder for the tables, in place of those there (default: {OUT} in the repository)")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.help:
        return
    config.stash[LEDGER] = Ledger()
    config.stash[STARTED] = datetime.now(UTC)
    try:
        if config.option.profile not in PROFILES:
            raise ConfigError(
                f"--profile: {config.option.profile!r} is refused; {suggest(config.option.profile, PROFILES)}"
            )
        for device in devices(config):
            check_device(device)
        records.prepare_folder(out(config))
    except (ConfigError, records.InputError) as error:
        pytest.exit(str(error), returncode=2)
    config.pluginmanager.register(Progress())


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


@pytest.fixture
def compare(benchmark: BenchmarkFixture, pytestconfig: pytest.Config) -> Compare:
    return Compare(benchmark, profile_of(pytestconfig).limits, pytestconfig.stash[LEDGER])


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    ledger = config.stash[LEDGER]
    if not ledger.throughput:
        return
    folder = out(config)
    records.write_table(folder, "throughput", ledger.throughput)
    records.write_table(folder, "rounds", ledger.rounds)
    provenance.record(
        folder,
        "benchmarks",
        command=command(config),
        profile=config.option.profile,
        threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name() if "cuda" in devices(config) else None,
        started=config.stash[STARTED],
        settings={"interval_level": LEVEL, "limits": dataclasses.asdict(profile_of(config).limits)},
    )


@pytest.hookimpl(trylast=True)  # after pytest-benchmark's tables
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = len(config.stash[LEDGER].throughput)
    terminalreporter.write_line(
        f"{rows} rows in {out(config) / 'throughput.csv'}" if rows else "no rows: nothing was timed"
    )


def command(config: pytest.Config) -> list[str]:
    """What a user types to get these rows again; the output folder is left out, as all paths of this machine are."""
    chosen = {"--profile": config.option.profile, "--device": config.option.device}
    chosen |= {"-k": config.option.keyword, "-m": config.option.markexpr}
    options = [word for option, value in chosen.items() if value for word in (option, value)]
    return [
        "python",
        "-m",
        "pytest",
        *(argument.removeprefix(f"{config.rootpath}/") for argument in config.args),
        *options,
    ]
