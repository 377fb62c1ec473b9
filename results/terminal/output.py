"""The result of a command on stdout: text for a reader, or one JSON document for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

from results.terminal.command_line import option

json_option = option(
    "--json", "as_json", is_flag=True, help="print the result as one JSON document, and nothing else on stdout"
)


class Result(Protocol):
    """What a command found."""

    def lines(self) -> Iterable[str]:
        """The text."""

    def document(self) -> dict[str, Any]:
        """The same as plain values, without nan and infinity. results/README.md and studies/README.md list the keys."""


def print_result(result: Result, *, as_json: bool) -> None:
    for line in [json.dumps(result.document(), indent=2, allow_nan=False)] if as_json else result.lines():
        print(line, flush=True)  # the next line may take seconds
