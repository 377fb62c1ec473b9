"""How teacher forcing fades in scheduled sampling, and what a draw decides for (Bengio et al. 2015)."""

from __future__ import annotations

import math
from collections.abc import Callable


def _inverse_sigmoid(step: int, half: int) -> float:
    """k / (k + exp(i / k)), where k ln k = half, so that one half is left at that step; k / (k + 1) is at the first."""
    k = 1.0 + half  # Newton's iteration comes down to the root from here, until rounding lets it go no further
    while (nearer := (k + half) / (1.0 + math.log(k))) < k:
        k = nearer
    return 0.5 - 0.5 * math.tanh(0.5 * (step / k - math.log(k)))  # the same, and no step is too large for it


DECAYS: dict[str, Callable[[int, int], float]] = {
    "constant": lambda step, half: 1.0,
    "linear": lambda step, half: max(0.0, 1.0 - step / (2 * half)),
    "exponential": lambda step, half: 0.5 ** (step / half),
    "inverse_sigmoid": _inverse_sigmoid,
}
"""Name -> (step from 0, the step at which one half is left) -> share left (Bengio et al. 2015, section 2.4)."""

DRAWS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "token": lambda batch, steps: (batch, steps),
    "step": lambda batch, steps: (1, steps),
    "sequence": lambda batch, steps: (batch, 1),
}
"""Name -> (B, T) -> how many draws there are: for each token of each example, as in the paper (section 2.3), for each
step of the whole batch, or for each sequence."""
