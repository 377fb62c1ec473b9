"""How far a long report is, and how long it still takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

_SILENT_SECONDS = 2.0
_LOG_SECONDS = 15.0
"""Between two lines where stderr is a file."""
T = TypeVar("T")


def progress(things: Sequence[T], what: str) -> Iterable[T]:
    """The things, one by one; beside it a bar on stderr with the time left, once they have taken a few seconds."""
    return tqdm(
        things,
        desc=what,
        delay=_SILENT_SECONDS,
        mininterval=0.5 if sys.stderr.isatty() else _LOG_SECONDS,
        leave=False,
    )
