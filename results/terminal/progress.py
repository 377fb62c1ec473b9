"""Progress bars on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

_SILENT_SECONDS = 2.0
_LOG_SECONDS = 15.0
"""The interval between two lines if stderr is a file."""
T = TypeVar("T")


def progress(items: Sequence[T], what: str) -> Iterable[T]:
    """Iterates over the items; after a few seconds a bar on stderr shows the time left."""
    return tqdm(
        items,
        desc=what,
        delay=_SILENT_SECONDS,
        mininterval=0.5 if sys.stderr.isatty() else _LOG_SECONDS,
        leave=False,
    )
