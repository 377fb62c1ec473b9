"""The sessions of nox call the commands with options that these have."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import retrograde

NOXFILE = Path(__file__).parents[1] / "noxfile.py"
SESSIONS = (
    "",
    "--profile smoke",
    "--profile=full --device cpu -k lstm",
    "--profile smoke --out elsewhere --set cell=lstm --seeds 3",
    "--set cell=lstm --workers 1",
)


def benchmark_commands() -> Callable[[list[str]], list[list[str]]]:
    """The function of noxfile.py, which imports nox: that is not installed beside the project."""
    [tree] = [
        part
        for part in ast.parse(NOXFILE.read_text()).body
        if isinstance(part, ast.FunctionDef) and part.name == "benchmark_commands"
    ]
    found: dict[str, Any] = {"argparse": argparse, "LOCAL": "results/local"}
    exec(compile(ast.Module([tree], []), NOXFILE, "exec"), found)
    function: Callable[[list[str]], list[list[str]]] = found["benchmark_commands"]
    return function


def parameters(words: str) -> list[dict[str, Any]]:
    """What each command takes the words for."""
    return [
        retrograde.load(name).make_context(name, given).params for name, *given in benchmark_commands()(words.split())
    ]


@pytest.mark.parametrize("words", SESSIONS)
def test_the_commands_accept_their_options_and_the_last_one_times_the_study_of_the_second(words: str) -> None:
    commands = benchmark_commands()(words.split())
    assert [name for name, *_ in commands] == ["bench", "run", "bench"]
    assert commands[1][1] == "lengths"
    suites, study, arms = parameters(words)
    assert arms["of"] == study["out"] != suites["out"]
    assert arms["out"] is None


def test_the_benchmarks_have_their_default_folder_or_one_in_that_of_the_user() -> None:
    """With options such as -k, a folder of another session would be refused."""
    assert "--out" not in benchmark_commands()(["-k", "lstm", "--profile", "smoke"])[0]
    suites, study, _ = parameters("--profile smoke --out elsewhere")
    assert [str(each["out"]) for each in (suites, study)] == ["elsewhere/benchmarks", "elsewhere/lengths"]
    assert str(parameters("--profile smoke")[1]["out"]) == "results/local/lengths-smoke"


def test_words_go_to_the_commands_that_have_the_option() -> None:
    suites, study, arms = parameters("--profile smoke --device cpu -k lstm --set cell=lstm --seeds 3")
    assert [each["profile"] for each in (suites, study, arms)] == ["smoke"] * 3
    assert [each["device"] for each in (suites, study, arms)] == ["cpu"] * 3
    assert (suites["keyword"], arms["keyword"]) == ("lstm", None)
    assert study["settings"] == (("cell", "lstm"),)
    assert study["seeds"] == 3


def test_sessions_of_different_options_have_different_folders_and_equal_ones_the_same() -> None:
    folders = [(str(suites["out"]), str(study["out"])) for suites, study, _ in map(parameters, SESSIONS)]
    assert folders == [
        ("None", "results/local/lengths"),  # the default of the benchmarks
        ("None", "results/local/lengths-smoke"),
        ("None", "results/local/lengths-full-cpu"),
        ("elsewhere/benchmarks", "elsewhere/lengths"),
        ("None", "results/local/lengths-cell=lstm"),
    ]
    assert parameters("--profile quick")[1]["out"] == parameters("")[1]["out"]
