"""The commands `bench` and `peers`: a session of pytest in any folder, with the exit statuses of the other commands."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, suppress
from pathlib import Path

import pytest

from benchmarks.session.command import COMMANDS, PACKAGE, PLACE, RESULTS
from results.errors import InputError
from results.tables.atomic_write import prepare_folder
from results.terminal.process import DONE, FAULT, INTERRUPTED

_NO_CACHE = ["-p", "no:cacheprovider"]


def run_session(name: str, options: Mapping[str, object], pytest_options: Sequence[str]) -> int:
    """Runs the suites of the command `name`; returns the exit status.

    `options` are `profile`, `device`, `out`, `keyword` and, for `bench`, `of`, `data` and `units`; None leaves one to
    its default. Raises InputError for what the session refuses before it measures.
    """
    if pytest_options and not pytest_options[0].startswith("-"):
        raise InputError(
            f"unexpected word {pytest_options[0]!r}; expected options of pytest after --, or -k to select cases"
        )
    if options.get("of") is None:  # else the session first reads the study
        prepare_folder(Path(str(options["out"] or RESULTS)))
    if name == "peers":
        _check_peers()
    words = [word for option, value in options.items() if value is not None for word in (_option(option), str(value))]
    sys.dont_write_bytecode = True  # pytest would write the modules that it has rewritten into the installed package
    errors = io.StringIO()
    with redirect_stderr(errors):
        files = [str(PACKAGE.parent / file) for file in COMMANDS[name]]
        status = int(pytest.main([*PLACE, *_NO_CACHE, *files, *words, *pytest_options]))
    with suppress(OSError):
        Path(".benchmarks").rmdir()  # pytest-benchmark makes it and rarely fills it
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise InputError(
            f"no case is selected; expected other words after -k, or none; `{name} -- --collect-only -q` lists cases"
        )
    if refusal := _refusal(status, errors.getvalue()):
        raise InputError(refusal)
    sys.stderr.write(errors.getvalue())
    return status if status in (DONE, INTERRUPTED) else FAULT


def suites() -> list[str]:
    """A line for each suite: its name, for -k, and its title."""
    from results.analysis.timing.suites import SUITES
    from results.tables.timing_schema import STUDY_SUITES

    width = max(map(len, SUITES))
    return [f"{name:<{width}}  {suite.title}{' (--of DIR)' * (name in STUDY_SUITES)}" for name, suite in SUITES.items()]


def _option(name: str) -> str:
    return "-k" if name == "keyword" else f"--retrograde-{name}"


def _refusal(status: int, errors: str) -> str | None:
    """The line in which pytest or the session refused its input; None if it did not."""
    if status == pytest.ExitCode.USAGE_ERROR:
        found = re.findall(r"(?:^ERROR: (?!usage)|: error: )(.+)", errors, re.MULTILINE)
        return found[-1] if found else "pytest refuses its options"
    # pytest has the same status for an error during the collection, of which it writes nothing to stderr.
    return errors.strip().removeprefix("Exit: ") or None if status == pytest.ExitCode.INTERRUPTED else None


def _check_peers() -> None:
    from benchmarks.peers.conftest import MISSING

    if MISSING:
        requirements = PACKAGE / "peers" / "requirements.txt"
        raise InputError(
            f"{' and '.join(MISSING)} cannot be imported; expected both: python -m pip install --no-deps --requirement "
            f"{requirements}, or in a clone of the project nox -s peers"
        )
