"""Memory that a process frees stays with it, on Linux with glibc.

The buffers of a training step have megabytes. By default glibc returns such memory to the system when it is freed, and
the next step gets new pages, which the system has to clear: a tenth of a step with 256 channels. glibc raises its limit
to the size of the largest block that was freed, up to 32 MiB, and then keeps twice as much.
"""

from __future__ import annotations

import torch

LARGEST = (1 << 25) - (1 << 16)
"""Bytes of a block that is still below glibc's 32 MiB, with its header"""


def keep_freed_memory() -> None:
    """Allocates and frees the largest block that raises the limit. Its pages are never touched, so it costs nothing."""
    torch.empty(LARGEST, dtype=torch.uint8)
