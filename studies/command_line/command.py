"""What the commands of studies share: the conversion of their errors, and the request that their options make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from results.errors import InputError, reason_of
from results.terminal.command_line import Command
from results.terminal.process import FAULT, say

if TYPE_CHECKING:
    from studies.commands.request import Request

DATA_OPTIONS = ("data", "evaluation_data", "test_data", "units")
RESUME = "; run the same command again to resume"


class _Command(Command):
    def call(self, ctx: click.Context) -> int:
        from seq2seq_core.config import ConfigError
        from studies.engine.retry import RetryTimeout, find_outage

        try:
            return super().call(ctx)
        except ConfigError as error:
            raise InputError(str(error)) from error
        except RetryTimeout as error:
            say(f"{error}; still unavailable{self.hint}")
            return FAULT
        except InputError:
            raise
        except Exception as error:  # of a storage that a command reads once
            outage = getattr(find_outage(error), "orig", None)
            if outage is None:
                raise
            say(f"--storage: {reason_of(outage)}{self.hint}")
            return FAULT


command = partial(click.command, cls=_Command)


def folder_of(out: Path | None, storage: str | None, request: Request) -> Path:
    """The folder of an earlier `run` of this request. InputError if no study has begun in it, and none elsewhere."""
    from studies.commands.output_folder import check_started, default_folder, started_folder

    if out and not storage:
        check_started(out)
    return out or (default_folder(request) if storage else started_folder(request))


def request_of(
    name: str,
    *,
    storage: str | None = None,
    settings: Sequence[tuple[str, Any]],
    added: Sequence[tuple[str, dict[str, Any]]] = (),
    levels: Sequence[tuple[str, list[Any]]] = (),
    **given: Any,
) -> Request:
    """The request that a command's options make, after the check of its storage's URL."""
    from studies.commands.request import Request
    from studies.engine.storage import parse_url
    from studies.sources.source import find

    source = find(name)  # an unknown name is reported before any trouble with the folder or the storage
    if storage is not None:
        parse_url(storage)  # before anything that shows it
    own = own_data_of(given)
    if twice := own.keys() & dict(settings):
        raise InputError(f"--set {min(twice)}: an option for your pairs sets it too; expected one of the two")
    more = {option: value for option, value in given.items() if option not in DATA_OPTIONS}
    return Request(
        name=source.name,
        source=source.given,
        settings={**dict(settings), **own},
        levels=dict(levels),
        added=dict(added),
        **more,
    )


def own_data_of(given: Mapping[str, Any]) -> dict[str, Any]:
    from seq2seq_core.config.task import pair_settings

    return pair_settings(**{option: given[option] for option in DATA_OPTIONS})
