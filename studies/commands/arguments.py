"""The words of the command line: which there are, what each may be, and what `--help` says of them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from results.terminal.command_line import Parser, path, whole_number
from studies import MOST_SEEDS, PROFILES

MOST_WORKERS = 1_000
MOST_ROUNDS = 10_000
MOST_LETTERS = 200
"""Of an example: its heat map has as many columns, and up to twice as many rows."""

EXAMPLES = """examples:
  python -m studies list
  python -m studies show attention --profile full
  python -m studies run attention
  python -m studies run attention --profile smoke --seeds 1 --out /tmp/first-try
  python -m studies run attention --set cell=lstm --set learning_rate=0.003 --out results/local/attention-lstm
  python -m studies status attention
  python -m studies align results/local/attention --example abcd --example dddcba
  python -m studies overhead attention --rounds 10 --out results/local/overhead

many machines, one PostgreSQL database (a password is better left to ~/.pgpass or PGPASSWORD than typed):
  python -m studies run attention --profile full --storage postgresql://me@db.example/studies
  python -m studies work attention --storage postgresql://me@db.example/studies
  python -m studies status attention --storage postgresql://me@db.example/studies

A study that was cut off goes on with the same command; what is finished is never done again.
exit status: 0 done; 1 a run failed (runs.csv says why); 2 the input is wrong; 130 interrupted."""


def parser() -> Parser:
    """The words that `python -m studies` understands."""
    whole = Parser(
        prog="python -m studies",
        description="How good: declared ablations of sequence-to-sequence models, over many seeds.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = "list | show | run | work | status | align | overhead"
    commands = whole.add_subparsers(dest="command", required=True, metavar=names)
    commands.add_parser("list", help="the studies there are, and what each asks")
    show = commands.add_parser("show", help="what a study compares, and how many runs that makes")
    run = commands.add_parser("run", help="do what is left of a study, and write its report")
    work = commands.add_parser("work", help="help with a study that `run` began in a storage")
    status = commands.add_parser("status", help="how far a study is, who is at work, what failed")
    align = commands.add_parser(
        "align",
        help="heat maps of chosen examples, from the models that `run` keeps",
        description="Draws where models with attention look as they decode the examples you choose.",
        epilog="example: python -m studies align results/local/attention --example abcd --example dddcba",
    )
    overhead = commands.add_parser(
        "overhead",
        help="what the engine costs beside the bare training, timed side by side",
        description="Trains the study's baseline by the engine and bare, side by side, and reports the ratio of times.",
        epilog="example: python -m studies overhead attention --rounds 10 --out results/local/overhead",
    )
    for command in (show, run, work, status, overhead):
        command.add_argument("name", metavar="NAME", help="a study, as `list` names it")
    for command in (show, run, overhead):
        command.add_argument("--profile", choices=PROFILES, default="quick", help="how much of it (default: quick)")
        command.add_argument(
            "--set",
            dest="settings",
            type=_setting,
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a setting of the model, the task or the training, for all arms; may be repeated",
        )
    for command in (show, run):
        command.add_argument(
            "--seeds", type=whole_number(MOST_SEEDS), metavar="N", help="seeds per arm (default: the profile's)"
        )
        command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (default: cpu)")
    align.add_argument(
        "places",
        metavar="PLACE",
        nargs="+",
        type=path,
        help="a study's output folder, for the models of the runs in its tables, or a file of its models/",
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
            help="a source to draw the attention on, such as abcd; may be repeated",
        )
    for command in (run, work):
        command.add_argument(
            "--workers",
            type=whole_number(MOST_WORKERS),
            metavar="N",
            help="processes (default: one a core; on cuda one)",
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
        "--rounds", type=whole_number(MOST_ROUNDS), default=20, metavar="N", help="pairs of trainings (default: 20)"
    )
    overhead.add_argument(
        "--storage", metavar="URL", help="postgresql://USER@HOST/DATABASE (default: SQLite, in DIR as long as it takes)"
    )
    places = {
        run: "where to write",
        work: "where checkpoints are",
        status: "where the storage is",
        overhead: "where to write",
    }
    for command, what in places.items():
        command.add_argument("--out", type=path, metavar="DIR", help=f"{what} (default: results/local/NAME)")
    align.add_argument(
        "--out",
        type=path,
        metavar="DIR",
        help="where to write (default: PLACE, if it is a folder, or results/local/align)",
    )
    return whole


def _example(text: str) -> str:
    if len(text) > MOST_LETTERS:
        raise argparse.ArgumentTypeError(f"{len(text):,} letters are refused; expected at most {MOST_LETTERS}")
    return text


def _setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE, the value in JSON, or a plain word such as lstm; none is JSON's null."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is refused; expected KEY=VALUE, such as hidden_size=128")
    if value == "none":
        return key, None
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):  # a plain word, or thousands of brackets, which no setting takes
        return key, value
