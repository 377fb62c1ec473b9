"""The command line: words in, an exit status out. Nothing heavy is imported until the words are understood."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from studies import PROFILES

EXAMPLES = """examples:
  python -m studies list
  python -m studies show attention --profile full
  python -m studies run attention
  python -m studies run attention --profile smoke --seeds 1 --out /tmp/first-try
  python -m studies run attention --set cell=lstm --set learning_rate=0.003 --out results/local/attention-lstm

A run that was cut off goes on with the same command; what is finished is never done again.
exit status: 0 done; 1 a run failed (runs.csv says why); 2 the input is wrong; 130 interrupted."""


class Parser(argparse.ArgumentParser):
    """argparse, but what is wrong is said in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"retrograde: {message}; see {self.prog} --help\n")


def main(words: Sequence[str]) -> int:
    """Does what the words say, and returns the exit status; 2 for whatever the user can put right."""
    asked = _parser().parse_args(words)
    try:
        return _do(asked, words)
    except KeyboardInterrupt:  # before the first run or after the last: `run` itself keeps what is finished
        print("retrograde: interrupted; the same command goes on", file=sys.stderr)
        return 130


def _do(asked: argparse.Namespace, words: Sequence[str]) -> int:
    from results.files import InputError
    from seq2seq_core.config import ConfigError
    from studies import commands

    try:
        if asked.command == "list":
            return commands.list_studies()
        request = commands.Request(
            name=asked.name,
            profile=asked.profile,
            seeds=asked.seeds,
            settings=dict(asked.settings),
            device=asked.device,
        )
        if asked.command == "show":
            return commands.show(request)
        return commands.run(
            request,
            folder=asked.out or Path("results", "local", asked.name),
            workers=asked.workers,
            command=["python", "-m", "studies", *_without_out(words)],
            again=["python", "-m", "studies", *words],
        )
    except (ConfigError, InputError) as error:
        print(f"retrograde: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m studies",
        description="How good: declared ablations of sequence-to-sequence models, over many seeds.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="list | show | run")
    commands.add_parser("list", help="the studies there are, and what each asks", allow_abbrev=False)
    show = commands.add_parser("show", help="what a study compares, and how many runs that makes", allow_abbrev=False)
    run = commands.add_parser("run", help="do what is left of a study, and write its report", allow_abbrev=False)
    for command in (show, run):
        command.add_argument("name", metavar="NAME", help="a study, as `list` names it")
        command.add_argument("--profile", choices=PROFILES, default="quick", help="how much of it (default: quick)")
        command.add_argument("--seeds", type=_count, metavar="N", help="seeds per arm (default: the profile's)")
        command.add_argument(
            "--set",
            dest="settings",
            type=_setting,
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a setting of the model, the task or the training, for all arms; may be repeated",
        )
        command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where to train (default: cpu)")
    run.add_argument("--workers", type=_count, metavar="N", help="processes (default: one a core; on cuda one)")
    run.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: results/local/NAME)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is refused; expected a whole number of at least 1")
    return int(text)


def _setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE, the value in JSON, or a plain word such as lstm; none is JSON's null."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is refused; expected KEY=VALUE, such as hidden_size=128")
    if value == "none":
        return key, None
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _without_out(words: Sequence[str]) -> list[str]:
    """The words that say what was measured; where it was written is no part of that, and may name a person."""
    pairs = zip(["", *words], words, strict=False)
    return [word for before, word in pairs if "--out" not in (before, word) and not word.startswith("--out=")]
