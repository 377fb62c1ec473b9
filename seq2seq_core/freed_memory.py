"""Whether memory that a process frees stays with it or returns to the system, on Linux with glibc."""

from __future__ import annotations

import ctypes
import sys

MOST = 1 << 25
"""Bytes: the greatest limit that glibc accepts"""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h"""
_mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None  # musl has none


def keep_freed_memory(largest: int = MOST) -> None:
    """A block below `largest` bytes stays with the process when it is freed; a larger one returns to the system.

    It changes limits of glibc's malloc for the user's process, at the import of `layers.fast_path`.

    The buffers of a training step have megabytes. If they return, the next step gets new pages, which the system has
    to clear: a tenth of a step with 256 channels. If they stay, small blocks that are allocated between them may take
    their place, so that the next large one needs more memory.
    """
    if _mallopt:
        _mallopt(_MMAP_THRESHOLD, largest)
        _mallopt(_TRIM_THRESHOLD, 2 * MOST)
