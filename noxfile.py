"""Every command of the house: `nox -s tests`, `lint`, `benchmarks`, `studies`, `report`.

All sessions share one environment, made from pyproject.toml with constraints.txt, so that torch is installed once; it is
brought up to date when one of those files changes, and left alone otherwise.
Words after `--` go to the command: `nox -s studies -- --profile smoke`.
"""

import hashlib
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["tests", "lint"]
nox.options.default_venv_backend = "virtualenv"

ROOT = Path(__file__).parent
ENVIRONMENT = ".nox/retrograde"
LOCAL = Path("results", "local")
shared = nox.session(venv_location=ENVIRONMENT, reuse_venv=True)


def install(session: nox.Session) -> None:
    """Brings the shared environment up to date with the two files that say what is in it."""
    project, constraints = ROOT / "pyproject.toml", ROOT / "constraints.txt"
    wanted = hashlib.sha256(project.read_bytes() + constraints.read_bytes()).hexdigest()
    stamp = ROOT / ENVIRONMENT / "installed.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    settings = nox.project.load_toml(project)
    groups = nox.project.dependency_groups(settings, "test", "lint")
    session.install("--constraint", str(constraints), "--editable", ".", *groups)
    stamp.write_text(wanted)


@shared
def tests(session: nox.Session) -> None:
    """All tests; `nox -s tests -- -m "not slow"` for the quick ones."""
    install(session)
    session.run("python", "-m", "pytest", "--benchmark-quiet", *session.posargs)


@shared
def lint(session: nox.Session) -> None:
    """Format, style, types, and the arrows between the rooms."""
    install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")


@shared
def benchmarks(session: nox.Session) -> None:
    """How fast, and a small `attention` study of how good, in one report; `-- --profile smoke|quick|full`."""
    install(session)
    folder = str(LOCAL / "benchmarks")
    session.run("python", "-m", "pytest", "benchmarks", "--benchmark-quiet", "--out", folder, *session.posargs)
    session.run("python", "-m", "studies", "run", "attention", "--seeds", "3", "--out", folder, *session.posargs)


@shared
def studies(session: nox.Session) -> None:
    """How good: the study `attention` and its report; `-- --profile smoke|quick|full`."""
    install(session)
    session.run("python", "-m", "studies", "run", "attention", *session.posargs)


@shared
def report(session: nox.Session) -> None:
    """Rebuilds the report of a folder of rows: `nox -s report -- results/local/attention`."""
    install(session)
    session.run("python", "-m", "results", "report", *session.posargs)
