"""The command that measures the same rows, as provenance.json and the journal name it; the folder is no part of it.

A session is started by pytest, `python -m pytest benchmarks`, or by the commands `retrograde bench` and `retrograde
peers`, whose words after `--` are options of pytest. All of them select the same tests.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import benchmarks
from benchmarks.session.study import STUDY

PACKAGE = Path(benchmarks.__path__[0])
OPTIONS_FILE = PACKAGE / "pytest.options.ini"
"""pytest's options in sessions of the commands, which run where the repository's pyproject.toml may be missing."""
PLACE = ["-c", str(OPTIONS_FILE), "--rootdir", str(PACKAGE.parent), "--confcutdir", str(PACKAGE)]
"""Has pytest use these options and no others, such as those of the folder in which a command is called."""
RESULTS = "results/local"
"""Where default folders are: in the repository for pytest, in the current folder for the commands."""
PYTEST = ["python", "-m", "pytest"]
COMMANDS = {"bench": ("benchmarks",), "peers": ("benchmarks/peers",)}
"""Command of `retrograde` -> the files that it selects."""
_OWN = ("profile", "device", "data", "units", "of")
"""The options that select no test. Under pytest they have a prefix, since other plugins may have taken their names."""


def command(config: pytest.Config) -> list[str]:
    """The words of the command of this session."""
    own = list(own_options(config).items())
    files, keyword, rest = _selected(config)
    if config.inipath != OPTIONS_FILE:
        return [*PYTEST, *files, *_words([(f"--retrograde-{name}", value) for name, value in own]), *keyword, *rest]
    name = "peers" if files[0] == COMMANDS["peers"][0] else "bench"
    words = ["retrograde", name, *_words([(f"--{name}", value) for name, value in own]), *keyword]
    return [*words, *(["--", *files[1:], *rest] if files[1:] or rest else [])]


def own_options(config: pytest.Config) -> dict[str, str | None]:
    """The options that select no test. Of the data file, the name without its folder, and of the folder of a study, the
    name of the study: provenance holds no path."""
    given = {name: config.getoption(f"retrograde_{name}") for name in _OWN}
    study = config.stash.get(STUDY, None)
    return {**given, "data": given["data"] and Path(given["data"]).name, "of": study.name if study else None}


def selection(config: pytest.Config) -> tuple[str, ...]:
    """The words of this session's command that select tests: files, -k and the like."""
    files, keyword, rest = _selected(config)
    return (*files, *keyword, *rest)


def selection_of(command: Sequence[str]) -> tuple[str, ...] | None:
    """What `selection` was for the session of a command; None for the command of something else."""
    if list(command[:3]) == PYTEST:
        words = [*command[3:]]
    elif command[0] == "retrograde" and command[1] in COMMANDS:
        words = [*COMMANDS[command[1]], *(word for word in command[2:] if word != "--")]
    else:
        return None
    rest = iter(words)
    return tuple(word for word in rest if _own_option(word) is None or not next(rest))


def device_of(command: Sequence[str]) -> str | None:
    """The device that a session's command names."""
    places = [place for place, word in enumerate(command) if _own_option(word) == "device"]
    return command[places[0] + 1] if places else None


def _selected(config: pytest.Config) -> tuple[list[str], list[str], list[str]]:
    """The files, -k, and the other options that select tests."""
    option = config.option
    files = [_from_root(os.path.normpath(config.invocation_params.dir / word)) for word in config.args]
    repeated = {"--deselect": option.deselect, "--ignore": option.ignore, "--ignore-glob": option.ignore_glob}
    values = [(name, _from_root(value)) for name, several in repeated.items() for value in several or ()]
    flags = {"--last-failed": "lf", "--stepwise": "stepwise"}
    rest = [
        *_words([("-m", option.markexpr), *values]),
        *(flag for flag, name in flags.items() if config.getoption(name, False)),
    ]
    return files, _words([("-k", option.keyword)]), rest


def _own_option(word: str) -> str | None:
    return next((name for name in _OWN if word in (f"--{name}", f"--retrograde-{name}")), None)


def _words(values: Sequence[tuple[str, str | None]]) -> list[str]:
    return [word for name, value in values if value for word in (name, value)]


def _from_root(path: str) -> str:
    """A path without the folder that holds the package."""
    return path.removeprefix(f"{PACKAGE.parent}{os.sep}")
