"""The commands that take a folder of rows or a Python file, as Click commands."""

from __future__ import annotations

from pathlib import Path

import click

from results.terminal.command_line import argument, option, path
from studies.command_line import arguments
from studies.command_line.command import command

KINDS = ("study", "score", "cell", "task")
"""What `new` writes; a template each."""


@command(epilog="example: retrograde describe results/local/attention; then: retrograde report results/local/attention")
@argument("folder", metavar="DIR", type=path, help="the output folder of a study")
@option(
    "--study",
    metavar="FILE",
    shell_complete=arguments.complete_file,
    help="the Python file, or the module, of the study, if it is not of this project",
)
@arguments.data_files
def describe(folder: Path, study: str | None, **data: str | None) -> int:
    """Update the question and the descriptions of a study in a folder of recorded rows.

    Writes the question, the names of the comparisons and how they answer the question, as the study declares them now,
    into DIR/provenance.json. Refused if the study now measures or compares something else. A file of your own is
    compared with its copy in DIR/code: only comments, docstrings and descriptions may differ. Your own pairs are read
    again, by their file names in the current folder, or from the files that --data and the like name.
    """
    from studies.commands import describe as commands

    return commands.describe(folder, study, data)


@command(
    "new",
    epilog="example: retrograde new score my_score.py; then: retrograde run my_score.py --profile smoke",
)
@argument("kind", metavar="KIND", type=click.Choice(KINDS), help=f"one of {', '.join(KINDS)}")
@argument("path", metavar="FILE", type=path, help="the new file, such as my_study.py")
def new(kind: str, path: Path) -> int:
    """Write a commented file that declares a study, or a part and a study that uses it.

    The file runs as it is, in any folder. An existing file is not replaced.
    """
    from studies.sources.new_file import write_new

    return write_new(kind, path)


@command("check-parts", epilog="example: retrograde check-parts my_score.py")
@argument(
    "name",
    metavar="FILE",
    shell_complete=arguments.complete_file,
    help="a Python file, or a module, that defines scores, cells, tasks or recipes",
)
def check_parts(name: str) -> int:
    """Check the scores, cells, tasks and recipes of a file; exit status 1 if a check fails.

    They pass the checks that the parts of this project pass: shapes, gradients, padding, precision, one step and many.
    """
    from studies.sources import check_parts as commands

    return commands.check_parts(name)
