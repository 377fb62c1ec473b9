"""The commands of the project: `nox -s tests`, `faults`, `lint`, `benchmarks`, `studies`, `report`, `peers`.

All sessions share one environment, made from pyproject.toml with constraints.txt, so that torch is installed once; it
is made anew when what they ask for changes, and left alone otherwise. Only `peers` has one of its own, in which other
libraries are.
Words after `--` go to the command: `nox -s studies -- --profile smoke`.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

import nox

nox.options.sessions = ["tests", "faults", "lint"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
PROGRAMS = ROOT / ".nox" / "retrograde" / SCRIPTS
PYTHON, RETROGRADE = str(PROGRAMS / "python"), str(PROGRAMS / "retrograde")
PYTEST = (PYTHON, "-m", "pytest", "--benchmark-quiet")
IN_PARALLEL = ("--numprocesses", "2", "--dist", "worksteal")
LOCAL = "results/local"
PEERS = ROOT / ".nox" / "peers" / SCRIPTS


def make(session: nox.Session, python: str, *installs: tuple[str, ...]) -> None:
    """Makes the environment of that Python with these calls of pip, unless it is there and they are the same ones."""
    environment = Path(python).parents[1]
    project, files = nox.project.load_toml(ROOT / "pyproject.toml"), (ROOT / word for call in installs for word in call)
    asked = [project[part] for part in ("build-system", "project", "dependency-groups")]
    read = [file.read_text() for file in files if file.is_file()]
    wanted = hashlib.sha256(repr((asked, installs, read, sys.version)).encode()).hexdigest()
    stamp = environment / "installed.sha256"
    if stamp.exists() and stamp.read_bytes() == wanted.encode():
        return
    session.run(sys.executable, "-m", "venv", "--clear", str(environment))
    for call in installs:
        session.run(python, "-m", "pip", "install", *call)
    stamp.write_text(wanted)


def install(session: nox.Session) -> None:
    """Makes the shared environment."""
    project = nox.project.load_toml(ROOT / "pyproject.toml")
    everything = f".[{','.join(project['project']['optional-dependencies'])}]"
    groups = nox.project.dependency_groups(project, "test", "lint")
    make(session, PYTHON, ("--constraint", "constraints.txt", "--editable", everything, *groups))


def benchmark_commands(words: list[str]) -> list[list[str]]:
    """The benchmarks, the study `lengths`, and the times of its arms, each with the options that it has.

    The benchmarks have a folder and the study another, in results/local or in that of --out. Without --out, that of the
    benchmarks is their default, and there is one of the study for each profile, device and --set.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--profile", "--device", "--out", "--seeds", "--workers"):
        parser.add_argument(option)
    parser.add_argument("--set", action="append", default=[])
    given, of_bench = parser.parse_known_args(words)
    common = [
        word for name in ("profile", "device") if (value := getattr(given, name)) for word in (f"--{name}", value)
    ]
    of_run = [word for name in ("seeds", "workers") if (value := getattr(given, name)) for word in (f"--{name}", value)]
    of_run += [word for value in given.set for word in ("--set", value)]
    differing = [name for name in (given.profile, given.device) if name not in (None, "quick")]
    run = f"{given.out}/lengths" if given.out else "-".join([f"{LOCAL}/lengths", *differing, *given.set])
    return [
        ["bench", *common, *(["--out", f"{given.out}/benchmarks"] if given.out else []), *of_bench],
        ["run", "lengths", *common, "--out", run, *of_run],
        ["bench", *common, "--of", run],
    ]


@nox.session
def tests(session: nox.Session) -> None:
    """The tests but `faults`: two at a time, then those that measure time. Words after `--` go to pytest."""
    install(session)
    if session.posargs:
        session.run(*PYTEST, *session.posargs)
        return
    session.run(*PYTEST, *IN_PARALLEL, "-m", "not serial and not faults")
    session.run(*PYTEST, "-m", "serial", "tests/benchmarks")


@nox.session
def faults(session: nox.Session) -> None:
    """The tests in which a process is killed, a disk is full or a database stops. Words after `--` go to pytest."""
    install(session)
    session.run(*PYTEST, *IN_PARALLEL, "-m", "faults", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Format, style, types, and the imports between packages and folders."""
    install(session)
    session.run(PYTHON, "-m", "ruff", "format", "--check", ".")
    session.run(PYTHON, "-m", "ruff", "check", ".")
    session.run(PYTHON, "-m", "mypy")
    session.run(str(PROGRAMS / "lint-imports"))


@nox.session
def benchmarks(session: nox.Session) -> None:
    """How fast, how good at each length, and in how much time: `bench`, `run lengths`, `bench --of` its folder.

    Of the words after `--`, `--profile`, `--device` and `--out` go to all three, `--set`, `--seeds` and `--workers` to
    the study, and the others to the first: `nox -s benchmarks -- --profile full --set cell=lstm`.
    """
    install(session)
    for words in benchmark_commands(session.posargs):
        session.run(RETROGRADE, *words)


@nox.session
def peers(session: nox.Session) -> None:
    """How fast beside other libraries, in an environment of their own; `-- --profile smoke|quick|full`."""
    ours = ("--constraint", "constraints.txt", "--editable", ".[tensorboard]")  # joeynmt imports tensorboard
    make(session, str(PEERS / "python"), ours, ("--no-deps", "--requirement", "benchmarks/peers/requirements.txt"))
    session.run(str(PEERS / "retrograde"), "peers", *session.posargs)


@nox.session
def studies(session: nox.Session) -> None:
    """How good: the study `attention` and its report; `-- --profile smoke|quick|full`."""
    install(session)
    session.run(RETROGRADE, "run", "attention", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Rebuilds the report of a folder of rows: `nox -s report -- results/local/attention`."""
    install(session)
    session.run(RETROGRADE, "report", *session.posargs)
