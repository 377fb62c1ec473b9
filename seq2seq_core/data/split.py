"""A seeded split of the pairs of one file. Pairs with equal sources are in the same set.

The split depends on the seed and the sources alone, and not on their order in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

PART = 10
"""A set that is split off gets one in so many of the distinct sources, and at least one."""


def split_sources(sources: Sequence[str], sets: Sequence[str], seed: int) -> dict[str, str]:
    """Source -> the set that it belongs to, for each source that is split off; the others are for training.

    There must be more distinct sources than sets.
    """
    distinct = shuffled(set(sources), seed)
    size = max(1, len(distinct) // PART)
    return {source: name for place, name in enumerate(sets) for source in distinct[place * size : (place + 1) * size]}


def shuffled(texts: set[str], seed: int) -> list[str]:
    """The texts in an order that depends on the seed and on nothing else."""
    return sorted(texts, key=lambda text: (hashlib.sha256(f"{seed}/{text}".encode()).digest(), text))
