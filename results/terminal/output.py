"""The result of a command on stdout: text for a reader, or one JSON document for a program."""

from __future__ import annotations

import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import wraps
from typing import Any, ParamSpec

from results.terminal.command_line import option
from results.terminal.process import DONE

P = ParamSpec("P")


class Result(ABC):
    """What a command found."""

    @property
    def exit_status(self) -> int:
        return DONE

    @abstractmethod
    def lines(self) -> Iterable[str]:
        """The text."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """The same as plain values, without nan and infinity. results/README.md and studies/README.md list the keys."""


def prints_result(function: Callable[P, Result]) -> Callable[P, int]:
    """The function of a command with the option `--json`, which prints what the function returns."""

    @option("--json", "as_json", is_flag=True, help="print the result as one JSON document, and nothing else on stdout")
    @wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> int:
        if not kwargs.pop("as_json"):
            result = function(*args, **kwargs)
            for line in result.lines():
                print(line, flush=True)  # the next line may take seconds
        else:
            with _stdout_on_stderr():
                result = function(*args, **kwargs)
                document = json.dumps(result.document(), indent=2, allow_nan=False)
            print(document)
        return result.exit_status

    return command


@contextmanager
def _stdout_on_stderr() -> Iterator[None]:
    """What is printed meanwhile goes to stderr, also what a worker process or the code of a user's study prints."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
