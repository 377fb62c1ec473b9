"""The command `retrograde`. A subcommand is imported when it is run, so that `retrograde --help` is quick."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

import click
from click.shell_completion import shell_complete

from results.terminal.command_line import Group, option, run_words
from results.terminal.process import start

STUDY = "studies.command_line.study_commands"
MODEL = "studies.command_line.model_commands"
FILE = "studies.command_line.file_commands"
RESULTS = "results.commands"
SPEED = "benchmarks.commands.cli"
COMMANDS = {
    "list": (STUDY, "list_studies", "List the studies and their questions."),
    "show": (STUDY, "show", "Show what a study compares, its number of runs, and their time."),
    "run": (STUDY, "run", "Train the runs of a study that are not finished yet, and write its report."),
    "work": (STUDY, "work", "Train runs of a study that `run` has started in a storage."),
    "status": (STUDY, "status", "Show finished, running and failed runs, and the time left."),
    "align": (MODEL, "align", "Draw heat maps of chosen examples, with the models that `run` keeps."),
    "predict": (MODEL, "predict", "Print what a trained model predicts, one line for each source."),
    "describe": (FILE, "describe", "Update the question and the descriptions of a study in a folder of recorded rows."),
    "overhead": (STUDY, "overhead", "Measure how much time the engine adds to the bare training."),
    "scaling-runs": (
        STUDY,
        "scaling_runs",
        "Measure how the time of a study grows with its runs, and that of its report with its rows.",
    ),
    "new": (FILE, "new", "Write a commented file that declares a study, or a part and a study that uses it."),
    "check-parts": (
        FILE,
        "check_parts",
        "Check the scores, cells, tasks and recipes of a file; exit status 1 if a check fails.",
    ),
    "report": (RESULTS, "report", "Write report.md, report.html and figures/ into a folder, from its tables."),
    "compare": (
        RESULTS,
        "compare",
        "Show what changed between two folders of rows; exit status 1 if something got worse.",
    ),
    "index": (RESULTS, "index", "Write a list of the reports in a folder of output folders."),
    "validity": (
        RESULTS,
        "validity",
        "Measure the error rates of the rule for verdicts, on simulated studies whose truth is known.",
    ),
    "bench": (SPEED, "bench", "Time the suites, the arms of a study, or two commits."),
    "peers": (SPEED, "peers", "Time the same work done by other libraries."),
    "scaling-steps": (
        SPEED,
        "scaling_steps",
        "Measure how the time of a training step grows with length, batch and hidden size.",
    ),
    "check": (SPEED, "check", "Time workloads whose ratio is known: equal ones, and a slowdown of 5%."),
}
"""Name -> module, attribute, and the summary, which is the first line of its docstring."""
COMPLETE = "_RETROGRADE_COMPLETE"
EXAMPLES = f"""
examples:
  retrograde list
  retrograde run attention --profile smoke
  retrograde report results/local/attention
  retrograde run --help

The shell completes commands, options and studies after: eval "$({COMPLETE}=bash_source retrograde)"
(zsh_source and fish_source for these shells)

exit status: 0 done; 1 anything else, such as a failed run; 2 the input is wrong; 130 interrupted."""


class _Lazy(Group):
    """The group itself has empty commands, which are enough for help and completion."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load(name), rest


def load(name: str) -> click.Command:
    """Imports a command."""
    module, attribute, _ = COMMANDS[name]
    command: click.Command = getattr(import_module(module), attribute)
    return command


def _print_version(ctx: click.Context, _: click.Parameter, given: bool) -> None:
    if given:
        print(f"retrograde {_version('retrograde')} (torch {_version('torch')}, Python {platform.python_version()})")
        ctx.exit()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout that is not installed
        return "unknown"


retrograde = _Lazy(
    help="Benchmarks and ablation studies of recurrent sequence-to-sequence models with attention.",
    epilog=EXAMPLES,
    commands=[click.Command(name, short_help=summary) for name, (*_, summary) in COMMANDS.items()],
)
option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of retrograde, torch and Python.",
)(retrograde)


def run(words: Sequence[str]) -> int:
    """Runs the command line and returns its exit status."""
    if instruction := os.environ.get(COMPLETE):
        return shell_complete(retrograde, {}, "retrograde", COMPLETE, instruction)
    return run_words(retrograde, _program(), words)


def _program() -> list[str]:
    """What starts this program from the current folder: its name if the PATH leads to it, otherwise its path."""
    script = Path(sys.argv[0])
    found = shutil.which("retrograde")
    if script.name == "retrograde.py":
        return ["python", "-m", "retrograde"]
    if script.stem != "retrograde" or not script.is_file() or (found and Path(found).samefile(script)):
        return ["retrograde"]
    return [str(script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script)]


def main() -> NoReturn:
    """The entry point of the command `retrograde`."""
    start(run)


if __name__ == "__main__":
    main()
