"""The sessions of nox call the commands with options that these have."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from studies.commands.cli import studies

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
def test_the_study_beside_the_benchmarks_has_options_that_its_command_accepts(words: str) -> None:
    benchmarks, study = benchmark_commands()(words.split())
    assert benchmarks[:2] == ["pytest", "benchmarks"]
    assert study[:2] == ["studies", "run"]
    parsed = studies.commands["run"].make_context("run", study[2:])
    assert isinstance(parsed, click.Context)
    assert benchmarks[benchmarks.index("--out") + 1] == str(parsed.params["out"])


def test_sessions_of_different_profiles_have_different_folders_and_equal_ones_the_same() -> None:
    folders = [commands[0][-1] for commands in map(benchmark_commands(), map(str.split, SESSIONS))]
    assert folders == [
        "results/local/benchmarks", "results/local/benchmarks-smoke", "results/local/benchmarks-full-cpu", "elsewhere",
    ]  # fmt: skip
    assert benchmark_commands()(["--profile", "quick"])[0][-1] == folders[0]
