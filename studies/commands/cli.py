"""The command line: words in, an exit status out. Nothing heavy is imported until the words are understood."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from results.tables.atomic_write import InputError
from results.terminal.command_line import checked_path, perform
from results.terminal.process import FAULT, say
from studies.commands.arguments import parser

if TYPE_CHECKING:
    from studies.commands.request import Request


def main(words: Sequence[str]) -> int:
    """Does what the words say, and returns the exit status; 2 for whatever the user can put right."""
    return perform(lambda: _do(parser().parse_args(words), words), hint="; the same command goes on with what is kept")


def _do(asked: argparse.Namespace, words: Sequence[str]) -> int:
    from seq2seq_core.config import ConfigError
    from studies.engine.retry import RetryTimeout

    try:
        if asked.command in ("list", "show"):
            return _list(asked)
        if asked.command == "align":
            return _align(asked)
        return _run(asked, words)
    except ConfigError as error:
        raise InputError(str(error)) from error
    except RetryTimeout as error:
        say(f"{error}; given up; the same command goes on with what is kept")
        return FAULT


def _list(asked: argparse.Namespace) -> int:
    from studies.commands import listing

    return listing.list_studies() if asked.command == "list" else listing.show(_request(asked))


def _align(asked: argparse.Namespace) -> int:
    from studies.commands import align

    first: Path = asked.places[0]
    folder = asked.out or (first if first.is_dir() else Path("results", "local", "align"))
    examples = [word for source in asked.examples for word in ("--example", source)]
    command = ["python", "-m", "studies", "align", "DIR", *examples]  # places are the user's, and stay with them
    return align.draw(asked.places, asked.examples, folder=folder, command=command)


def _run(asked: argparse.Namespace, words: Sequence[str]) -> int:
    from studies import catalog
    from studies.commands import run as running
    from studies.commands.redact import without_places, without_secret
    from studies.engine.storage import parse, url_in

    catalog.load(asked.name)  # an unknown name is no matter of the folder or the storage
    if asked.storage is not None:
        parse(asked.storage)  # before anything that shows it
    folder = asked.out or checked_path(f"results/local/{asked.name}")
    if asked.command == "status":
        return running.status(asked.name, url=asked.storage or url_in(folder))
    command = ["python", "-m", "studies", *without_places(words)]
    if asked.command == "overhead":
        from studies.commands.overhead import measure

        return measure(_request(asked), folder=folder, url=asked.storage, rounds=asked.rounds, command=command)
    given = {
        "folder": folder,
        "workers": asked.workers,
        "tensorboard": asked.tensorboard,
        "again": ["python", "-m", "studies", *without_secret(words)],
    }
    if asked.command == "work":
        return running.work(asked.name, url=asked.storage or url_in(folder), **given)
    return running.run(_request(asked), url=asked.storage, examples=asked.examples, command=command, **given)


def _request(asked: argparse.Namespace) -> Request:
    from studies.commands.request import Request

    return Request(
        name=asked.name,
        profile=asked.profile,
        seeds=asked.seeds,
        settings=dict(asked.settings),
        device=asked.device,
    )
