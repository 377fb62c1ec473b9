"""The arguments that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from results.terminal.command_line import PositiveInteger, argument, option, path, together
from studies import DEFAULT_PROFILE, PROFILES
from studies.commands.values import added_arm, levels_in, seeds_in, setting

MAX_WORKERS = 1_000
MAX_LETTERS = 200
"""In an example. Its heat map has as many columns, and up to twice as many rows."""


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The studies of that beginning and the Python files here, or the shell's files for a path."""
    from seq2seq_core import installed
    from studies import catalog

    files = [path.name for path in Path().glob("*.py")]
    names = sorted({*catalog.names(), *installed.offered("study"), *files})
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or complete_file(ctx, parameter, incomplete)


def complete_file(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell's files; click offers nothing else beside them."""
    return [CompletionItem(incomplete, type="file")]


def _example(text: str) -> str:
    if len(text) > MAX_LETTERS:
        raise click.BadParameter(f"{len(text):,} letters are refused; expected at most {MAX_LETTERS}")
    return text


class _Setting(click.ParamType[tuple[str, Any]]):
    name = "setting"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if value == "help" and ctx and not ctx.resilient_parsing:  # not while the shell completes
            from studies.commands.listing import print_settings

            print_settings([word for word in ctx.obj.words if word.endswith(".py")])
            ctx.exit()
        return setting(value)


class _Seeds(click.ParamType[int | tuple[int, ...]]):
    name = "seeds"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int | tuple[int, ...]:
        return seeds_in(value)


class Workers(click.ParamType[tuple[int, int]]):
    """N, or N-M: the smallest and the largest number."""

    name = "workers"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        least, dash, most = value.partition("-")
        number = PositiveInteger(MAX_WORKERS)
        first = number.convert(least, param, ctx)
        last = number.convert(most, param, ctx) if dash else first
        if first > last:
            self.fail(f"{value!r} is refused; expected the smaller number first", param, ctx)
        return first, last


name = argument(
    "name", metavar="NAME", shell_complete=_complete, help="a study: a name of `list`, a .py file or a module"
)
profile = option("--profile", type=click.Choice(PROFILES), default=DEFAULT_PROFILE, help="how much of the study to run")
settings = option(
    "--set",
    "settings",
    type=_Setting(),
    multiple=True,
    is_eager=True,  # so that `--set help` needs no other argument
    metavar="KEY=VALUE",
    help="a setting of model, task or training, for all arms; can be repeated; `--set help` lists the settings",
)
seeds = option(
    "--seeds", type=_Seeds(), metavar="SEEDS", help="a number of seeds, or seeds such as 5-9 (default: the profile's)"
)
arms = option(
    "--arm", "arms", multiple=True, metavar="NAME", help="run only this arm of the study (see `show`); can be repeated"
)
levels = option(
    "--levels",
    type=levels_in,
    multiple=True,
    metavar="FACTOR=LEVELS",
    help="run only these levels of a factor (see `show`), such as max_length=10,40; can be repeated",
)
added = option(
    "--add",
    "added",
    type=added_arm,
    multiple=True,
    metavar="'NAME: KEY=VALUE ...'",
    help="run one more arm with these settings, such as 'deep: score=dot layers=2'; can be repeated",
)
units = option("--units", type=click.Choice(("characters", "tokens")), help="units of your pairs (default: characters)")
data_files = together(
    option(
        "--data",
        type=path,
        metavar="FILE",
        help="your pairs of source and target: a .tsv, .csv or .jsonl file, or the built-in `dates` or `plurals`",
    ),
    option(
        "--evaluation-data", type=path, metavar="FILE", help="pairs for the evaluation (default: a tenth of --data)"
    ),
    option("--test-data", type=path, metavar="FILE", help="pairs for the test (default: a tenth of --data)"),
)
device = option("--device", type=click.Choice(("cpu", "cuda")), default="cpu", help="device for training")
workers = option(
    "--workers",
    type=PositiveInteger(MAX_WORKERS),
    metavar="N",
    help="number of worker processes (default: one per core; one on cuda)",
)
bounds = option(
    "--workers",
    type=Workers(),
    metavar="N",
    help="number of worker processes (default: one per core; one on cuda); with --dask at most N; with --dask "
    "FILE.yaml required: N or N-M",
)
dask = together(
    option(
        "--dask",
        metavar="ADDRESS",
        help="train on a Dask cluster: tcp://HOST:PORT of its scheduler, or a .yaml file of dask-jobqueue",
    ),
    option("--tls-ca", type=path, metavar="FILE", help="certificate of the authority, for tls://HOST:PORT"),
    option("--tls-cert", type=path, metavar="FILE", help="certificate of this command, for tls://HOST:PORT"),
    option("--tls-key", type=path, metavar="FILE", help="key of this command, for tls://HOST:PORT"),
)
mlflow = option(
    "--mlflow", is_flag=True, help="record the runs with MLflow (default: in DIR/mlflow.sqlite3; MLFLOW_TRACKING_URI)"
)
tensorboard = option("--tensorboard", is_flag=True, help="write event files for TensorBoard into DIR/tensorboard")
parts = option(
    "--parts",
    metavar="FILE",
    shell_complete=complete_file,
    help="the Python file, or the module, of the model's score, cell, task or recipe, if it is not of this project",
)
storage = option(
    "--storage", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/DATABASE (default: a file in DIR)"
)
request = together(profile, settings, arms, levels, added, seeds, data_files, units, device)
"""The options that choose what is run."""


def examples(*, required: bool) -> Callable[[Any], Any]:
    return option(
        "--example",
        "examples",
        type=_example,
        multiple=True,
        required=required,
        metavar="LETTERS",
        help="a source, such as abcd, whose attention weights are drawn; can be repeated",
    )


def out(what: str, default: str = "results/local/NAME, and what differs from the study") -> Callable[[Any], Any]:
    return option("--out", type=path, metavar="DIR", help=f"{what} (default: {default})")
