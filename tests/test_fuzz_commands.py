"""Whatever is typed, and wherever the output goes, a command ends in order: with a known exit status, at most one line
of refusal, no traceback, and nothing made when it is refused."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import benchmarks.__main__
import benchmarks.commands.cli
import results.__main__
import results.commands
import retrograde
import studies.command_line.cli
from results.terminal import command_line
from seq2seq_core.config import Config, ModelConfig, TaskConfig, TrainConfig
from studies.command_line.arguments import Workers

Main = Callable[[Sequence[str]], int]
MAINS: dict[str, Main] = {
    "studies": studies.command_line.cli.main,
    "results": results.__main__.main,
    "benchmarks": benchmarks.__main__.main,
    "retrograde": retrograde.run,
}
GROUPS = {
    "studies": studies.command_line.cli.studies,
    "results": results.commands.results,
    "benchmarks": benchmarks.commands.cli.benchmarks,
}
HUGE = ["99999999", "1000000000000", "9" * 5000]
NO_NUMBERS = ["", "0", "-1", "1.5", "1e3", "two", "nan", "inf", "0x10", "1_000", " 1", "\u0663", "[" * 5000, "\n", "\0"]
NO_PATHS = ["", "a\0b", "a" * 300, "a/" * 3000, "not-utf-8-\udcff"]


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory in which no command gets to work: a file is where the output folders would be."""
    monkeypatch.chdir(tmp_path)
    for name in ("results", "file"):
        Path(name).write_text("a file")


def said_by(package: str, words: Sequence[str]) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command in this process."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        status = MAINS[package](words)
    return status, out.getvalue(), err.getvalue()


def refused(package: str, words: Sequence[str]) -> str:
    """The one line that says why a command is refused; nothing is made."""
    before = sorted(Path().rglob("*"))
    status, out, err = said_by(package, words)
    assert (status, out) == (2, ""), (words, out, err)
    assert sorted(Path().rglob("*")) == before
    assert err.startswith("retrograde: ")
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert len(err) < 1200
    return err


def parameters() -> list[tuple[str, list[str], click.Parameter]]:
    """Every argument and option with a value: the package, the name of the command, and Click's entry."""
    return [
        (package, [name], parameter)
        for package, group in GROUPS.items()
        for name, command in group.commands.items()
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
    ]


def words_of(package: str, command: Sequence[str], parameter: click.Parameter, value: str) -> list[str]:
    """A command in which one argument has this value; the others that it needs are there."""
    needed = {
        "name": "attention",
        "paths": "models",
        "directory": "rows",
        "folder": "rows",
        "before": "rows",
        "after": "rows",
    }
    needed |= {"path": "models", "sources": "abcd", "pytest_options": "more", "kind": "study"}
    words = list(command)
    for other in GROUPS[package].commands[command[0]].params:
        if isinstance(other, click.Option):
            if other is parameter or other.required:
                words.append(f"{other.opts[0]}={value if other is parameter else 'abc'}")
        else:
            words.append(value if other is parameter else needed[other.name])
    return words


NUMBERS = [one for one in parameters() if isinstance(one[2].type, command_line.PositiveInteger | Workers)]
PATHS = [one for one in parameters() if one[2].type is command_line.path]
FIELDS = [
    (config, name)
    for config in (ModelConfig, TaskConfig, TrainConfig)
    for name, value in config().to_dict().items()
    if type(value) is int
]


def test_every_argument_uses_the_shared_checks() -> None:
    """A number without a bound, or a path that is not looked at, has no way in."""
    texts = {"name", "profile", "device", "settings", "arms", "levels", "added", "seeds", "examples", "storage"}
    texts |= {"units", "sources", "arm", "keyword", "pytest_options", "kind", "parts", "study", "commits", "dask"}
    rest = [(words, parameter.name) for _, words, parameter in parameters() if parameter.name not in texts]
    assert len(rest) == len(NUMBERS) + len(PATHS)
    assert NUMBERS
    assert PATHS


@pytest.mark.parametrize(("package", "command", "parameter"), NUMBERS, ids=lambda one: str(getattr(one, "name", one)))
def test_an_invalid_number_is_refused(package: str, command: list[str], parameter: click.Parameter) -> None:
    for value in [*NO_NUMBERS, *HUGE]:
        assert "expected an integer from 1 to " in refused(package, words_of(package, command, parameter, value))


@pytest.mark.parametrize(("package", "command", "parameter"), PATHS, ids=lambda one: str(getattr(one, "name", one)))
def test_an_invalid_path_is_refused(package: str, command: list[str], parameter: click.Parameter) -> None:
    for value in NO_PATHS:
        assert "is refused" in refused(package, words_of(package, command, parameter, value))


@pytest.mark.parametrize(("config", "field"), FIELDS)
def test_a_setting_far_out_of_range_is_refused(config: type[Config], field: str) -> None:
    for value in (*HUGE, "0.5", "-1", "[" * 5000):
        message = refused("studies", ["show", "attention", "--set", f"{field}={value}"])
        assert f"{config.__name__}.{field}: " in message
        assert "expected an integer from" in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("show attention --set hidden_size=8 --set hidden_size=9", "hidden_size is given twice, as 8 and 9"),
        (
            "show lengths --levels max_length=[10,20]",
            "max_length has no level [10 at profile 'quick'; known",
        ),
        ("show lengths --levels =10", "'=10' is refused; expected FACTOR=LEVELS, such as max_length=10,40"),
        ("show lengths --levels max_length=10 --levels max_length=20", "max_length is given twice"),
        ("show attention --set cell=gru --set cell=gru", "cell is given twice, as gru and gru"),
        ("show attention --seeds 3 --seeds 4", "--seeds: given twice, as 3 and 4"),
        ("show attention --profile full --profile quick", "--profile: given twice, as full and quick"),
        ("run attention --example abc --example abc", "abc is given twice"),
        ("run attention --out a --out b", "--out: given twice, as a and b"),
        ("run attention --storage sqlite:///a --storage sqlite:///b", "--storage: given twice"),
        ("run attention --storage sqlite:///file/base", "cannot be written"),
        (f"run attention --example {'a' * 201}", "201 letters are refused; expected at most 200"),
        (f"show attention --set learning_rate=1{'0' * 400}", "TrainConfig.learning_rate"),
        (f"show attention --set learning_rate={'9' * 5000}", "TrainConfig.learning_rate"),
        ("show attention --set learning_rate=NaN", "TrainConfig.learning_rate"),
        ("show attention --set learning_rate=Infinity", "TrainConfig.learning_rate"),
        ("align models --example abc", "models: No such file or directory; expected a checkpoint"),
        ("align file --example abc", "file: "),
        ("run attention --seeds=--", "--seeds: '--' is refused"),
        ("run attention --example=--", "the letter '-' is unknown"),
        ("run attention --out --workers", "--out: '--workers' is an option; expected a value"),
    ],
)
def test_repeated_and_invalid_arguments_are_refused(words: str, message: str) -> None:
    assert message in refused("studies", words.split())


IN_THE_WAY = {
    **dict.fromkeys(["runs.csv", "by_length.csv", "report.md", "report.html", "study.sqlite3", "study.lock"], None),
    **dict.fromkeys(["figures", "models", "checkpoints", "tensorboard"], "a file"),
    "provenance.json": "no JSON",
}
"""What an output folder may hold that a command could not replace: a file's content, None for a folder."""


@pytest.mark.parametrize("name", IN_THE_WAY)
@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("studies", "run attention --seeds 1 --set epochs=1 --set steps_per_epoch=1 --out ."),
        ("studies", "overhead attention --rounds 1 --set epochs=1 --set steps_per_epoch=1 --out ."),
        ("results", "validity --draws 1 --out ."),
        ("benchmarks", "check --cases 1 --out ."),
        ("benchmarks", "scaling-steps --profile smoke --out ."),
        ("studies", "scaling-runs --profile smoke --out ."),
    ],
    ids=["run", "overhead", "validity", "check", "scaling-steps", "scaling-runs"],
)
def test_an_obstructed_output_folder_is_refused_before_the_work(package: str, words: str, name: str) -> None:
    content = IN_THE_WAY[name]
    if content is None:
        Path(name).mkdir()
    else:
        Path(name).write_text(content)
    message = refused(package, words.split())
    reasons = ("is a folder; expected a file", "is a file; expected a folder", ": not readable; expected")
    assert any(f"{name}{reason}" in message or f"{name} {reason}" in message for reason in reasons)


NO_FOLDERS = [*NO_PATHS, "file", "file/under", "/dev/null", "/proc/1/none"]
ODD = st.one_of(
    st.sampled_from([*NO_NUMBERS, *HUGE, *NO_FOLDERS, "%s %(prog)s", "--"]),
    st.text(alphabet=st.characters(codec=None), max_size=12),
)
OPTIONS = sorted(
    {
        name
        for group in GROUPS.values()
        for one in group.commands.values()
        for parameter in one.params
        for name in parameter.opts
        if name.startswith("--")
    }
)
SENSIBLE = ["attention", "scores", "smoke", "full", "cpu", "3", "abcd", "cell=lstm", "max_length=3", "epochs=2"]
VALUES = st.one_of(
    st.sampled_from(SENSIBLE),
    st.builds("{}={}".format, st.sampled_from([name for _, name in FIELDS]), ODD),
    st.builds("sqlite:///{}".format, ODD),
    st.builds("mysql://{}".format, ODD),
    ODD,
)


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command that never gets to work: a file is in the way of the default output folder, and others are bad."""
    package, (command,), _ = draw(st.sampled_from(parameters()))
    words = [command, *draw(st.lists(VALUES, max_size=2)), *(["--no-estimate"] if command == "show" else [])]
    for option in draw(st.lists(st.sampled_from(OPTIONS), max_size=4)):
        value = draw(st.sampled_from(NO_FOLDERS) if option == "--out" else VALUES)
        words += draw(st.sampled_from([[option, value], [f"{option}={value}"], [option]]))
    return draw(st.sampled_from([package, "retrograde"])), words


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands())
def test_no_arguments_end_in_a_traceback(command: tuple[str, list[str]]) -> None:
    package, words = command
    before = sorted(Path().rglob("*"))
    status, out, err = said_by(package, words)
    assert status in (0, 2), (words, err)
    if status == 2:
        assert (out, len(err.splitlines()), err[:12]) == ("", 1, "retrograde: "), (words, err)
    elif "--json" in words and "--help" not in words:
        assert isinstance(json.loads(out), dict), words
    assert sorted(Path().rglob("*")) == before, words
