"""The command of a session says what it selects, in whichever way the session was started."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path

import pytest

from benchmarks.session.command import OPTIONS_FILE, device_of, selection_of

OWN = ("--profile", "smoke", "--device", "cpu")
PREFIXED = tuple(word.replace("--", "--retrograde-") for word in OWN)


@pytest.mark.parametrize(
    ("command", "selection"),
    [
        (("python", "-m", "pytest", "benchmarks", *PREFIXED, "-k", "lstm", "-m", "gpu"), "benchmarks -k lstm -m gpu"),
        (("retrograde", "bench", *OWN, "-k", "lstm", "--", "-m", "gpu"), "benchmarks -k lstm -m gpu"),
        (("retrograde", "bench", *OWN), "benchmarks"),
        (("retrograde", "peers", *OWN, "-k", "metric"), "benchmarks/peers -k metric"),
        (("python", "-m", "pytest", "benchmarks/peers", *PREFIXED), "benchmarks/peers"),
    ],
)
def test_equal_sessions_have_equal_selections(command: tuple[str, ...], selection: str) -> None:
    assert selection_of(command) == tuple(selection.split())
    assert device_of(command) == "cpu"


def test_another_command_has_no_selection_and_a_session_may_name_no_device() -> None:
    assert selection_of(["nox", "-s", "benchmarks"]) is None
    assert device_of(["python", "-m", "pytest", "benchmarks", "-k", "device"]) is None


def test_the_options_of_pytest_in_the_package_are_those_of_the_repository() -> None:
    parser = configparser.ConfigParser()
    parser.read(OPTIONS_FILE)
    own = dict(parser["pytest"])
    theirs = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    for name in ("python_files", "python_functions", "addopts"):
        assert own[name].split() == theirs[name]
    assert own["filterwarnings"].strip().splitlines() == theirs["filterwarnings"]
    assert own["xfail_strict"] == "true"
    assert theirs["xfail_strict"]
