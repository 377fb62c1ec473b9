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
SESSIONS = ("", "--profile smoke", "--profile=full --device cpu", "--profile smoke --out elsewhere")


def benchmark_commands() -> Callable[[list[str]], list[list[str]]]:
    """The function of noxfile.py, which imports nox: that is not installed beside the project."""
    [tree] = [
        part
        for part in ast.parse(NOXFILE.read_text()).body
        if isinstance(part, ast.FunctionDef) and part.name == "benchmark_commands"
    ]
    found: dict[str, Any] = {"argparse": argparse, "BENCHMARKS": "results/local/benchmarks"}
    exec(compile(ast.Module([tree], []), NOXFILE, "exec"), found)
    function: Callable[[list[str]], list[list[str]]] = found["benchmark_commands"]
    return function


@pytest.mark.parametrize("words", SESSIONS)
def test_the_benchmarks_and_the_study_beside_them_accept_their_options_and_share_a_folder(words: str) -> None:
    commands = benchmark_commands()(words.split())
    folders = [retrograde.load(name).make_context(name, given).params["out"] for name, *given in commands]
    assert [name for name, *_ in commands] == ["bench", "run"]
    assert folders[0] == folders[1]


def test_sessions_of_different_profiles_have_different_folders_and_equal_ones_the_same() -> None:
    folders = [commands[0][-1] for commands in map(benchmark_commands(), map(str.split, SESSIONS))]
    assert folders == [
        "results/local/benchmarks", "results/local/benchmarks-smoke", "results/local/benchmarks-full-cpu", "elsewhere",
    ]  # fmt: skip
    assert benchmark_commands()(["--profile", "quick"])[0][-1] == folders[0]
