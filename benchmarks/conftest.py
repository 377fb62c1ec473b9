"""pytest options and devices of the benchmarks, and the fixture `compare`.

`python -m pytest benchmarks --profile quick` times one candidate of one case per test. When all candidates have been
measured, the session writes `throughput.csv`, `rounds.csv`, `ceilings.csv` and the provenance. If a candidate fails, it
has no row and the session fails, but the rows of the others are written; the same command then measures what failed. A
session that is interrupted writes no table, and the same command continues it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import DEFAULT_PROFILE
from benchmarks.session.command import OPTIONS_FILE, RESULTS, own_options, selection
from benchmarks.session.compare import Compare
from benchmarks.session.kind import default_folder
from benchmarks.session.on_request import ON_REQUEST, OnRequest
from benchmarks.session.own_data import task_of
from benchmarks.session.plugin import Session
from benchmarks.session.profiles import PROFILES, profile_of
from benchmarks.session.study import STUDY, StudyToTime, read_study
from results.cores import usable_cores
from results.errors import InputError
from results.tables import provenance
from seq2seq_core.config import ConfigError, TaskConfig, suggest
from seq2seq_core.config.device import DEVICES, check_device
from seq2seq_core.data import UNITS
from seq2seq_core.interleaving import TIMER

FOLDER = pytest.StashKey[Path]()
SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    # The values are checked in pytest_configure. With `choices`, pytest would print its usage and exit with status 4.
    options = {
        "profile": (
            "NAME",
            f"number and size of the cases: {', '.join(PROFILES)} (default: {DEFAULT_PROFILE}, or with "
            "--of that of the study)",
        ),
        "device": ("DEVICE", f"{' or '.join(DEVICES)} (default: cpu, and cuda if it is available)"),
        "data": ("FILE", "the user's own pairs, whose lengths and vocabulary the cases have (default: none)"),
        "units": ("UNITS", f"what the pairs consist of: {' or '.join(UNITS)} (default: {UNITS[0]})"),
        "of": ("DIR", "folder of a study; times its arms in place of the suites, and writes into it without --out"),
        "out": (
            "DIR",
            f"folder for the tables of one kind of session (default: {RESULTS}/benchmarks in the repository; the name "
            "says what differs from a session without options: benchmarks-smoke)",
        ),
    }
    group = parser.getgroup("retrograde")
    for name, (metavar, text) in options.items():
        option = f"--retrograde-{name}"
        try:
            group.addoption(option, f"--{name}", metavar=metavar, help=text)
        except argparse.ArgumentError:  # another plugin has an option with the short name
            group.addoption(option, metavar=metavar, help=text)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.help:
        return
    config.option.benchmark_quiet = True  # pytest-benchmark's own tables have neither pairs nor intervals
    try:
        study = _study_of(config)
        profile = config.option.retrograde_profile or (study.profile if study else DEFAULT_PROFILE)
        config.option.retrograde_profile = profile
        if profile not in PROFILES:
            raise ConfigError(f"--profile: {profile!r} is refused; {suggest(profile, PROFILES)}")
        for device in devices(config):
            check_device(device)
        if ON_REQUEST in config.stash:
            return
        config.stash[FOLDER] = provenance.prepare(out(config))
    except (ConfigError, InputError) as error:
        pytest.exit(str(error), returncode=2)


@pytest.hookimpl(tryfirst=True)  # before pytest reports the collection
def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    gpu = torch.cuda.get_device_name() if "cuda" in devices(config) else None
    torch.set_num_threads(min(torch.get_num_threads(), usable_cores()))  # torch ignores the CPU quota of a container
    if ON_REQUEST in config.stash:
        return
    try:
        config.stash[SESSION] = Session(session, config.stash[FOLDER], devices(config), gpu)
    except InputError as error:
        print(error, file=sys.stderr)  # pytest.exit writes nothing to stderr after the start of the session
        pytest.exit("refused", returncode=2)
    config.pluginmanager.register(config.stash[SESSION])


def _study_of(config: pytest.Config) -> StudyToTime | None:
    """The study of --of. Raises ConfigError for --data with anything but a study of pairs."""
    task, folder = task_of(config), config.option.retrograde_of
    if folder is None:
        return None
    study = config.stash[STUDY] = read_study(Path(config.invocation_params.dir, folder))
    if task.definition.from_files and not study.from_files:
        raise ConfigError(f"--data: the study {study.name} has no pairs from files; expected no value")
    return study


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A session with --of has the suite of studies, any other session the other suites."""
    if collection_path.suffix != ".py":
        return None
    return (collection_path.name == "bench_study.py") != (config.option.retrograde_of is not None) or None


def devices(config: pytest.Config) -> list[str]:
    if config.option.retrograde_device is not None:
        return [config.option.retrograde_device]
    return [name for name in DEVICES if name == "cpu" or torch.cuda.is_available()]


def out(config: pytest.Config) -> Path:
    given = config.option.retrograde_out
    if given == "":
        raise InputError("--out: '' is refused; expected a folder")
    if given or config.option.retrograde_of is not None:
        return Path(config.invocation_params.dir, given or config.option.retrograde_of)
    name = default_folder(own_options(config), selection(config))
    here = config.invocation_params.dir if config.inipath == OPTIONS_FILE else config.rootpath
    return Path(here, RESULTS, name)


@pytest.hookimpl(tryfirst=True)  # before the suites: the parameter added last varies fastest
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = {"cpu": (), "cuda": (pytest.mark.gpu,)}
    names = [pytest.param(torch.device(name), id=name, marks=marks[name]) for name in devices(metafunc.config)]
    metafunc.parametrize("device", names)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if not repeats(getattr(item, "callspec", None))]
    for item in items:
        item.add_marker(pytest.mark.benchmark(timer=TIMER))
        # Without it, a candidate that fails before its rounds would also fail because of this warning.
        item.add_marker(pytest.mark.filterwarnings("ignore:Benchmark fixture was not used at all"))


def repeats(callspec: Any) -> bool:
    """Whether a test differs from another one by its number of threads alone, which a GPU does not use."""
    parameters = callspec.params if callspec else {}
    return "device" in parameters and parameters["device"].type == "cuda" and parameters.get("threads", 1) > 1


@pytest.fixture
def task(pytestconfig: pytest.Config) -> TaskConfig:
    return task_of(pytestconfig)


@pytest.fixture
def compare(benchmark: BenchmarkFixture, pytestconfig: pytest.Config) -> Compare | OnRequest:
    if ON_REQUEST in pytestconfig.stash:
        return pytestconfig.stash[ON_REQUEST]
    return Compare(benchmark, profile_of(pytestconfig).limits, pytestconfig.stash[SESSION].journal)
