"""The command line of `python -m studies`. Nothing heavy is imported before the arguments are parsed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from results.tables.atomic_write import InputError
from results.terminal.command_line import checked_path, run_command
from results.terminal.process import FAULT, say
from studies.commands.arguments import parser

if TYPE_CHECKING:
    from studies.commands.request import Request

PROGRAM = ["python", "-m", "studies"]


def main(argv: Sequence[str]) -> int:
    """Runs the command and returns the exit status; 2 if the input is wrong."""
    return run_command(
        lambda: _dispatch(parser().parse_args(argv), argv), hint="; run the same command again to resume"
    )


def _dispatch(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from seq2seq_core.config import ConfigError
    from studies.engine.retry import RetryTimeout

    try:
        if args.command in ("list", "show"):
            return _list(args)
        if args.command == "align":
            return _align(args)
        if args.command == "describe":
            return _describe(args)
        return _run(args, argv)
    except ConfigError as error:
        raise InputError(str(error)) from error
    except RetryTimeout as error:
        say(f"{error}; still unavailable; run the same command again to resume")
        return FAULT


def _list(args: argparse.Namespace) -> int:
    from studies.commands import listing

    return listing.list_studies() if args.command == "list" else listing.show(_request(args))


def _align(args: argparse.Namespace) -> int:
    from studies.commands import align

    first: Path = args.paths[0]
    folder = args.out or (first if first.is_dir() else Path("results", "local", "align"))
    examples = [word for source in args.examples for word in ("--example", source)]
    command = [*PROGRAM, "align", "DIR", *examples]  # provenance does not record the user's paths
    return align.draw(args.paths, args.examples, folder=folder, command=command)


def _describe(args: argparse.Namespace) -> int:
    from studies.commands.describe import describe

    return describe(args.folder)


def _run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    from studies.commands import run as commands
    from studies.engine.storage import default_url, parse_url
    from studies.sources.source import find

    source = find(args.name)  # an unknown name is reported before any trouble with the folder or the storage
    if args.storage is not None:
        parse_url(args.storage)  # before anything that shows it
    folder = args.out or checked_path(f"results/local/{source.name}")
    if args.command == "status":
        return commands.status(source, url=args.storage or default_url(folder))
    # Provenance holds no path of the user.
    command = [*PROGRAM, *(source.file if word == args.name else word for word in _without_paths(argv))]
    if args.command == "overhead":
        from studies.commands.overhead import measure

        return measure(_request(args), folder=folder, url=args.storage, rounds=args.rounds, command=command)
    options = {
        "folder": folder,
        "workers": args.workers,
        "tensorboard": args.tensorboard,
        "resume_command": [*PROGRAM, *_without_password(argv)],
    }
    if args.command == "work":
        return commands.work(source, url=args.storage or default_url(folder), **options)
    return commands.run(_request(args), url=args.storage, examples=args.examples, command=command, **options)


def _request(args: argparse.Namespace) -> Request:
    from studies.commands.request import Request
    from studies.sources.source import find

    source = find(args.name)
    return Request(
        name=source.name,
        source=source.given,
        profile=args.profile,
        seeds=args.seeds,
        settings=dict(args.settings),
        device=args.device,
    )


def _without_paths(argv: Sequence[str]) -> list[str]:
    """The arguments without --out and --storage: they do not change what is measured, and may name the user."""
    options = ("--out", "--storage")
    pairs = zip(["", *argv], argv, strict=False)
    return [
        word
        for before, word in pairs
        if before not in options and word not in options and not word.startswith(tuple(f"{o}=" for o in options))
    ]


def _without_password(argv: Sequence[str]) -> list[str]:
    """The arguments, with the password removed from the URL of the storage."""
    from studies.engine.storage import redact_url

    pairs = zip(["", *argv], argv, strict=False)
    return [
        redact_url(word)
        if before == "--storage"
        else f"--storage={redact_url(word.partition('=')[2])}"
        if word.startswith("--storage=")
        else word
        for before, word in pairs
    ]
