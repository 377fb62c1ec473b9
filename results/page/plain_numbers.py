"""Numbers as numpy writes and computes them by default, whatever a notebook, a script or a sitecustomize has set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def plain_numbers() -> Iterator[None]:
    """In force while results are read, judged and written: the same rows give the same bytes. What figures take from
    the user's settings is in `results/figures/style.py`."""
    defaults = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
    with np.printoptions(legacy=False), defaults:  # legacy: numbers in texts have 12 digits at most
        yield
