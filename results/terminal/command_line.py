"""Click, as all command lines use it: commands, options, types of arguments, and errors as exit statuses."""

from __future__ import annotations

import inspect
import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from results.errors import InputError, file_trouble, reason_of
from results.terminal.process import FAULT, INTERRUPTED, REFUSED, say

WIDEST_HELP = 110


@dataclass(frozen=True)
class Typed:
    """A command line as the user typed it. A command receives it by `@click.pass_obj`."""

    program: tuple[str, ...]
    """What starts it, such as `python -m studies`."""
    words: tuple[str, ...]
    """The subcommand and its arguments."""

    @property
    def recorded_program(self) -> list[str]:
        """The program without the folder that it is in, which may name the user."""
        return [Path(self.program[0]).stem, *self.program[1:]]


class Command(click.Command):
    """A command whose function returns the exit status. The first line of its docstring is its summary.

    `hint` says what to do after an interruption or an error of the system.
    """

    def __init__(self, *, hint: str = "", **settings: Any) -> None:
        super().__init__(**settings)
        self.hint = hint

    def invoke(self, ctx: click.Context) -> int:
        return run_command(lambda: self.call(ctx), hint=self.hint)

    def call(self, ctx: click.Context) -> int:
        """Calls the function; a package overrides it to convert its errors."""
        status: int = super().invoke(ctx)
        return status

    def get_short_help_str(self, limit: int = 0) -> str:
        return (self.help or "").partition("\n")[0]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_as_it_is(self.epilog, formatter)


class Group(click.Group):
    """Commands in the order of their definition. Without arguments it prints its help."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_as_it_is(self.epilog, formatter)


def _write_as_it_is(epilog: str | None, formatter: click.HelpFormatter) -> None:
    """Click would join the lines of the examples."""
    if epilog:
        formatter.write(f"\n{inspect.cleandoc(epilog)}\n")


class Option(click.Option):
    """An option of one value is refused if it is given twice, one that can be repeated if a value or a key is."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        if self.is_flag or self.multiple:
            super().add_to_parser(parser, ctx)
        else:  # a list of all values; Click keeps the last one
            parser.add_option(obj=self, opts=self.opts, dest=self.name, action="append", nargs=self.nargs)

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        if self.is_flag or not isinstance(value, list):  # a default
            return super().type_cast_value(ctx, value) if self.is_flag or value is None else value
        options = {name for parameter in ctx.command.get_params(ctx) for name in parameter.opts}
        for word in value:
            if isinstance(word, str) and word.partition("=")[0] in options:
                raise click.BadParameter(f"{word!r} is an option; expected a value")
        convert = super().type_cast_value
        if self.multiple:
            return _unique(convert(ctx, value))
        values = [convert(ctx, one) for one in value]
        if len(values) > 1:
            raise click.BadParameter(f"given twice, as {values[0]} and {values[1]}; expected one value")
        return values[0]


def _unique(values: Sequence[Any]) -> Sequence[Any]:
    """Different values, or pairs of a key and a value with different keys."""
    pairs: dict[str, Any] = {}
    for value in values:
        key, content = value if isinstance(value, tuple) else (value, value)
        if key in pairs:
            raise click.BadParameter(f"{key} is given twice, as {pairs[key]} and {content}; expected one value")
        pairs[key] = content
    return values


argument = click.argument
option = partial(click.option, cls=Option)


def together(*several: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Arguments and options as one decorator, in their order in the help."""

    def decorate(command: Any) -> Any:
        for one in reversed(several):
            command = one(command)
        return command

    return decorate


class PositiveInteger(click.ParamType[int]):
    """An integer from 1 to `most`, a bound above every sensible value."""

    name = "integer"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = int(value) if re.fullmatch("[0-9]{1,12}", value) else 0
        if not 1 <= number <= self.most:
            self.fail(f"{value!r} is refused; expected an integer from 1 to {self.most:,}", param, ctx)
        return number


class _Path(click.ParamType[Path]):
    name = "path"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        try:
            return checked_path(value)
        except InputError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


path = _Path()
"""The type of an argument that names a file or a folder, which may not exist."""


def checked_path(text: str) -> Path:
    """Raises InputError for a name that no file can have, or that JSON and SQLite cannot store."""
    try:
        utf8 = os.fsencode(text) == text.encode()
    except UnicodeEncodeError:
        utf8 = False
    if not text or not utf8:
        raise InputError(f"{text!r} is refused; expected the name of a file or a folder, in UTF-8")
    try:
        Path(text).lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # the command checks what it needs
    except (OSError, ValueError) as error:
        raise InputError(f"{text!r} is refused: {reason_of(error)}; expected a name that can be opened") from error
    return Path(text)


def run_words(commands: click.Group, program: Sequence[str], words: Sequence[str]) -> int:
    """Runs a command line and returns its exit status. `program` is what starts it, such as `python -m studies`."""

    def command() -> int:
        typed = Typed(tuple(program), tuple(words))
        settings: dict[str, Any] = {
            "help_option_names": ["-h", "--help"],
            "show_default": True,
            "max_content_width": WIDEST_HELP,
        }
        try:
            with commands.make_context(shlex.join(program), list(words), obj=typed, **settings) as context:
                status: int = commands.invoke(context)
        except click.exceptions.Exit as done:  # after --help
            return done.exit_code
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return REFUSED
        except click.UsageError as error:
            raise InputError(_reason(error)) from error
        return status

    return run_command(command)


def _reason(error: click.UsageError) -> str:
    """One line, with the nearest name for a mistyped one, and without URLs: one may contain a password."""
    reason = error.message
    if isinstance(error, click.MissingParameter):
        reason = error.format_message()
    elif isinstance(error, click.BadParameter) and error.param:
        named = isinstance(error.param, click.Option)
        reason = f"{max(error.param.opts, key=len) if named else error.param.human_readable_name}: {reason}"
    elif isinstance(error, click.NoSuchOption | click.exceptions.NoSuchCommand):
        near = f"; did you mean {error.possibilities[0]!r}?" if error.possibilities else ""
        reason = f"{reason.removesuffix('.')}{near}"
    first = reason[:1] if reason[:2].isupper() else reason[:1].lower()  # the name of an argument is in capitals
    reason = re.sub(r"://\S*", "://...", f"{first}{reason[1:]}".removesuffix("."))
    return f"{reason}; see {error.ctx.command_path} --help" if error.ctx else reason


def run_command(command: Callable[[], int], *, hint: str = "") -> int:
    """Runs a command and returns its exit status; reports errors on one line.

    `hint` says what to do after an interruption or an error of the system.
    """
    try:
        return command()
    except InputError as error:
        say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        say(f"interrupted{hint}")
        return INTERRUPTED
    except OSError as error:  # such as a full disk
        say(f"{file_trouble(error)}{hint}")
        return FAULT
    except MemoryError:
        say(f"out of memory{hint}")
        return FAULT
