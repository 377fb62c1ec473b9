"""Every command of the house: `nox -s tests`, `lint`, `benchmarks`, `studies`, `report`.

All sessions share one environment, made from pyproject.toml with constraints.txt, so that torch is installed once; it
is made anew when what they ask for changes, and left alone otherwise.
Words after `--` go to the command: `nox -s studies -- --profile smoke`.
"""

import hashlib
import os
import sys
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).parent
ENVIRONMENT = ROOT / ".nox" / "retrograde"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(PROGRAMS / "python")
BENCHMARKS = "results/local/benchmarks"


def install(session: nox.Session) -> None:
    """Makes the shared environment, unless it is there and is what the two files ask for."""
    project, constraints = nox.project.load_toml(ROOT / "pyproject.toml"), ROOT / "constraints.txt"
    requirements = [project[part] for part in ("build-system", "project", "dependency-groups")]
    wanted = hashlib.sha256(repr((requirements, constraints.read_text(), sys.version)).encode()).hexdigest()
    stamp = ENVIRONMENT / "installed.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    everything = f".[{','.join(project['project']['optional-dependencies'])}]"
    groups = nox.project.dependency_groups(project, "test", "lint")
    session.run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
    session.run(PYTHON, "-m", "pip", "install", "--constraint", str(constraints), "--editable", everything, *groups)
    stamp.write_text(wanted)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, two at a time but for those that time something; with words after `--`, what pytest makes of them."""
    install(session)
    pytest = (PYTHON, "-m", "pytest", "--benchmark-quiet")
    if session.posargs:
        session.run(*pytest, *session.posargs)
        return
    session.run(*pytest, "--numprocesses", "2", "--dist", "worksteal", "--ignore", "tests/benchmarks")
    session.run(*pytest, "tests/benchmarks")


@nox.session
def lint(session: nox.Session) -> None:
    """Format, style, types, and the arrows between the rooms."""
    install(session)
    session.run(PYTHON, "-m", "ruff", "format", "--check", ".")
    session.run(PYTHON, "-m", "ruff", "check", ".")
    session.run(PYTHON, "-m", "mypy")
    session.run(str(PROGRAMS / "lint-imports"))


@nox.session
def benchmarks(session: nox.Session) -> None:
    """How fast, and a small `attention` study of how good, in one report; `-- --profile smoke|quick|full`."""
    install(session)
    session.run(PYTHON, "-m", "pytest", "benchmarks", "--benchmark-quiet", "--out", BENCHMARKS, *session.posargs)
    session.run(PYTHON, "-m", "studies", "run", "attention", "--seeds", "6", "--out", BENCHMARKS, *session.posargs)


@nox.session
def studies(session: nox.Session) -> None:
    """How good: the study `attention` and its report; `-- --profile smoke|quick|full`."""
    install(session)
    session.run(PYTHON, "-m", "studies", "run", "attention", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Rebuilds the report of a folder of rows: `nox -s report -- results/local/attention`."""
    install(session)
    session.run(PYTHON, "-m", "results", "report", *session.posargs)
