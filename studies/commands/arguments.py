"""The parser of the command line: subcommands, options and their help."""

from __future__ import annotations

import argparse
import json
from typing import Any

from results.terminal.command_line import Parser, path, positive_integer
from studies import MAX_SEEDS, PROFILES

MAX_WORKERS = 1_000
MAX_ROUNDS = 10_000
MAX_LETTERS = 200
"""In an example. Its heat map has as many columns, and up to twice as many rows."""

EXAMPLES = """examples:
  python -m studies list
  python -m studies show attention --profile full
  python -m studies run attention
  python -m studies run attention --profile smoke --seeds 1 --out /tmp/first-try
  python -m studies run attention --set cell=lstm --set learning_rate=0.003 --out results/local/attention-lstm
  python -m studies status attention
  python -m studies align results/local/attention --example abcd --example dddcba
  python -m studies overhead attention --rounds 10 --out results/local/overhead
  python -m studies describe results/local/attention

many machines, one PostgreSQL database (put the password into ~/.pgpass or PGPASSWORD):
  python -m studies run attention --profile full --storage postgresql://me@db.example/studies
  python -m studies work attention --storage postgresql://me@db.example/studies
  python -m studies status attention --storage postgresql://me@db.example/studies

Run the same command again to resume an interrupted study; finished runs are not repeated.
exit status: 0 done; 1 a run failed (see runs.csv); 2 the input is wrong; 130 interrupted."""


def parser() -> Parser:
    """The parser of `python -m studies`."""
    root = Parser(
        prog="python -m studies",
        description="Ablation studies of sequence-to-sequence models, with many seeds.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = "list | show | run | work | status | align | overhead | describe"
    commands = root.add_subparsers(dest="command", required=True, metavar=names)
    commands.add_parser("list", help="list the studies and their questions")
    show = commands.add_parser("show", help="show what a study compares, and its number of runs")
    run = commands.add_parser("run", help="train the unfinished runs of a study, and write its report")
    work = commands.add_parser("work", help="train runs of a study that `run` has started in a storage")
    status = commands.add_parser("status", help="show finished, running and failed runs, and the time left")
    align = commands.add_parser(
        "align",
        help="draw heat maps of chosen examples, with the models that `run` keeps",
        description="Draws the attention weights of kept models while they decode the given examples.",
        epilog="example: python -m studies align results/local/attention --example abcd --example dddcba",
    )
    overhead = commands.add_parser(
        "overhead",
        help="measure how much time the engine adds to the bare training",
        description="Trains the study's baseline with and without the engine in turn; reports the ratio of the times.",
        epilog="example: python -m studies overhead attention --rounds 10 --out results/local/overhead",
    )
    describe = commands.add_parser(
        "describe",
        help="update the question and the descriptions of a study in a folder of recorded rows",
        description="Writes the question, the names of the comparisons and how they answer the question, as the study "
        "declares them now, into DIR/provenance.json. Refused if the study now measures or compares something else.",
        epilog="example: python -m studies describe results/local/attention; then: python -m results report "
        "results/local/attention",
    )
    describe.add_argument("folder", metavar="DIR", type=path, help="the output folder of a study")
    for command in (show, run, work, status, overhead):
        command.add_argument("name", metavar="NAME", help="a study (see `list`)")
    for command in (show, run, overhead):
        command.add_argument(
            "--profile", choices=PROFILES, default="quick", help="how much of the study to run (default: quick)"
        )
        command.add_argument(
            "--set",
            dest="settings",
            type=setting,
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a setting of model, task or training, for all arms; can be repeated",
        )
    for command in (show, run):
        command.add_argument(
            "--seeds", type=positive_integer(MAX_SEEDS), metavar="N", help="seeds per arm (default: the profile's)"
        )
        command.add_argument(
            "--device", choices=("cpu", "cuda"), default="cpu", help="device for training (default: cpu)"
        )
    align.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=path,
        help="the output folder of a study, or a file in its models/",
    )
    for command, needed in ((run, False), (align, True)):
        command.add_argument(
            "--example",
            dest="examples",
            type=_example,
            action="append",
            default=[],
            required=needed,
            metavar="LETTERS",
            help="a source, such as abcd, whose attention weights are drawn; can be repeated",
        )
    for command in (run, work):
        command.add_argument(
            "--workers",
            type=positive_integer(MAX_WORKERS),
            metavar="N",
            help="number of worker processes (default: one per core; one on cuda)",
        )
        command.add_argument(
            "--tensorboard", action="store_true", help="write event files for TensorBoard into DIR/tensorboard"
        )
    for command in (run, work, status):
        command.add_argument(
            "--storage",
            metavar="URL",
            help="sqlite:///FILE or postgresql://USER@HOST/DATABASE (default: a file in DIR)",
        )
    overhead.set_defaults(seeds=None, device="cpu")
    overhead.add_argument(
        "--rounds",
        type=positive_integer(MAX_ROUNDS),
        default=20,
        metavar="N",
        help="number of pairs of trainings (default: 20)",
    )
    overhead.add_argument(
        "--storage", metavar="URL", help="postgresql://USER@HOST/DATABASE (default: a temporary SQLite file in DIR)"
    )
    folders = {
        run: "output folder",
        work: "folder of the checkpoints",
        status: "folder of the storage",
        overhead: "output folder",
    }
    for command, what in folders.items():
        command.add_argument("--out", type=path, metavar="DIR", help=f"{what} (default: results/local/NAME)")
    align.add_argument(
        "--out",
        type=path,
        metavar="DIR",
        help="output folder (default: PATH if it is a folder, otherwise results/local/align)",
    )
    return root


def _example(text: str) -> str:
    if len(text) > MAX_LETTERS:
        raise argparse.ArgumentTypeError(f"{len(text):,} letters are refused; expected at most {MAX_LETTERS}")
    return text


def setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE; the value is JSON or a word such as lstm, and `none` stands for null."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is refused; expected KEY=VALUE, such as hidden_size=128")
    if value == "none":
        return key, None
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):  # a word, or brackets that are nested too deep
        return key, value
