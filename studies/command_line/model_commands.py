"""The commands that take trained models, as Click commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from results.terminal.command_line import Typed, argument, option, path
from results.terminal.output import Result, prints_result
from studies.command_line import arguments
from studies.command_line.command import command


@command(epilog="example: retrograde align results/local/attention --example abcd --example dddcba")
@argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=path, help="a study's output folder, or a file in models/"
)
@arguments.examples(required=True)
@arguments.parts
@arguments.out("output folder", "PATH if it is a folder, otherwise results/local/align")
@click.pass_obj
def align(typed: Typed, /, paths: Sequence[Path], examples: Sequence[str], parts: str | None, out: Path | None) -> int:
    """Draw heat maps of chosen examples, with the models that `run` keeps.

    They show the attention weights of kept models while they decode the given examples.
    """
    from studies.models import align as commands

    folder = out or (paths[0] if paths[0].is_dir() else Path("results", "local", "align"))
    words = [word for source in examples for word in ("--example", source)]
    words += ["--parts", Path(parts).name] if parts else []
    command = [*typed.recorded_program, "align", "DIR", *words]  # provenance does not record the user's paths
    return commands.draw(paths, examples, folder=folder, command=command, parts=parts)


@command(
    epilog="""
examples:
  retrograde predict results/local/attention abcd dddcba
  retrograde predict results/local/attention --arm general --file sources.txt --json
  retrograde predict results/local/attention/models/4ddfea998ea5.checkpoint - < sources.txt"""
)
@argument("path", metavar="PATH", type=path, help="a study's output folder, or the file of a model")
@argument("sources", metavar="[SOURCE...]", nargs=-1, help="such as abcd; - reads them from standard input")
@option("--file", type=path, metavar="FILE", help="read the sources from a file, one a line")
@option("--arm", metavar="ARM", help="the arm of the model (default: the one that is best on the test set)")
@arguments.parts
@prints_result
def predict(path: Path, sources: Sequence[str], file: Path | None, arm: str | None, parts: str | None) -> Result:
    """Print what a trained model predicts, one line for each source.

    The model is a file, or the best model of a study: that of the arm with the highest accuracy on the test set. A line
    on stderr names it. Models that `work` has trained are in models/ of its own folder; copy them into that of `run`.
    """
    from studies.models import predict as commands

    given = commands.all_sources(sources, file)
    return commands.predict(path, given, arm=arm, parts=parts)
