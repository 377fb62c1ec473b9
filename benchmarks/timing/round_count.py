"""How many rounds a case gets: enough for the interval that is wanted, foreseen from a pilot whose pairs are not kept.

To stop as soon as the interval is narrow would favour samples that happen to lie close together, and intervals would
miss more often than they claim. So the number of rounds is fixed before the first of them, from pairs of their own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

PAIRS = 20
"""After so many, a pilot knows the spread of the ratios to within about a quarter."""
WARM_SECONDS = 0.1
LEAST_PAIRS = 5
"""With fewer pairs nothing is foreseen, and the case gets the rounds that its limit allows."""
AIM = 0.7
"""Part of the wanted width that is aimed at, as both the pilot's spread and the final width scatter: six of seven cases
then come out no wider than was wanted."""
_NORMAL = statistics.NormalDist()
_QUARTILES_APART = 2 * _NORMAL.inv_cdf(0.75)
"""Of a normal distribution, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a case has rounds enough."""

    width: float
    """Wanted of the ratio's 95% interval: (high - low) / ratio."""
    seconds: float
    """That the rounds of candidate and baseline may take together; `least` rounds may take longer."""
    least: int
    most: int

    def pilot_goes_on(self, pairs: int, spent_seconds: float) -> bool:
        """Whether a pilot takes one more pair: till all is warm and the spread is known, within a part of the limit."""
        known = pairs >= PAIRS and spent_seconds >= WARM_SECONDS
        return not pairs or (not known and spent_seconds < self.seconds / 5)

    def rounds(self, ratios: Sequence[float], pair_seconds: float) -> int:
        """The number of rounds, for a pilot of these ratios, of pairs that take so long."""
        allowed = min(self.most, int(self.seconds / pair_seconds))
        wanted = rounds_for(self.width * AIM, _spread(ratios)) if len(ratios) >= LEAST_PAIRS else allowed
        return max(self.least, min(allowed, wanted))


def rounds_for(width: float, spread: float) -> int:
    """How many ratios whose logarithms have this standard deviation give a sign-test interval of the relative width.

    Of n ratios the interval runs, to a good approximation, between the quantiles 1/2 -+ (0.98 / sqrt(n) + 0.5 / n).
    """
    if spread == 0:
        return 1
    reach = _NORMAL.cdf(width / (2 * spread)) - 0.5
    root = math.sqrt(0.98**2 + 2 * reach) - 0.98  # 1 / sqrt(n), of the quadratic equation 0.98 x + 0.5 x^2 = reach
    return math.ceil(1 / root**2)


def _spread(ratios: Sequence[float]) -> float:
    """The standard deviation of the ratios' logarithms, from their quartiles: a few stalls do not move it."""
    low, _, high = statistics.quantiles([math.log(ratio) for ratio in ratios], n=4)
    return (high - low) / _QUARTILES_APART
