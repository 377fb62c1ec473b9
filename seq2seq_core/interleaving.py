"""Interleaved timing: two sides of a comparison are timed in turn, in one process, in a random order.

The speed of a machine drifts. Two times that are measured minutes apart can differ by more than the code does; the
ratio of two times that are measured right after each other is much less affected. The benchmarks compare a candidate
with a baseline this way, the studies compare the engine with the bare training loop.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch.utils.benchmark.utils.timer import timer

TIMER = timer
"""The clock, in seconds. It waits until an accelerator has finished its work before it is read."""


def shuffled_orders(rounds: int, seed: int, sides: tuple[str, str]) -> list[str]:
    """The side that runs first, for each round.

    Each side is first in half of the rounds; if the number is odd, the side of the extra round is drawn. The list is
    shuffled. The same seed gives the same list.
    """
    stream = random.Random(seed)
    orders = [*sides] * (rounds // 2)
    if rounds % 2:
        orders.append(stream.choice(sides))
    stream.shuffle(orders)
    return orders


def seconds(work: Callable[[], object]) -> float:
    """The wall-clock seconds of one call, including the work that it starts on an accelerator."""
    start = TIMER()
    work()
    return TIMER() - start


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Disables the garbage collector inside the block, so that no timed call pays for the garbage of another."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
