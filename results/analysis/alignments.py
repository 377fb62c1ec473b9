"""Which position of a memory holds which letter."""

from __future__ import annotations

LONGEST_RECORDED = 100
"""Letters of the longest source whose attention weights a run records; of longer ones there are no rows."""


def held_positions(letters: int, positions: int) -> list[int]:
    """For each letter of an inversion, the source position, from 1, that holds it; from the last letter to the first.

    Layers that halve the time axis leave fewer positions than letters, each of which covers 1, 2, 4, ... letters.
    """
    covered = 1
    while -(-letters // covered) > positions:
        covered *= 2
    return [(letters - 1 - step) // covered + 1 for step in range(letters)]
