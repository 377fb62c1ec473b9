"""How many rounds a case needs for an interval of the requested width.

The number is fixed before the first round, from calibration pairs that are not kept. A rule that stops as soon as the
interval is narrow favours samples that are close together by chance, and its intervals miss the truth more often than
they claim.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CALIBRATION_PAIRS = 20
"""Enough to estimate the spread of the ratios to within about a quarter."""
CALIBRATION_SECONDS = 0.1
"""How long candidate and baseline run until they count as warm."""
MIN_PAIRS = 5
"""With fewer calibration pairs the spread is not estimated: the case gets as many rounds as its limits allow."""
WIDTH_MARGIN = 0.7
"""The number of rounds aims at this fraction of the requested width, since both the estimated spread and the final
width vary. Six of seven cases then have an interval no wider than requested."""
_NORMAL = statistics.NormalDist()
_INTERQUARTILE_RANGE = 2 * _NORMAL.inv_cdf(0.75)
"""Of a normal distribution, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class RoundLimits:
    """How precise the ratio of a case has to be, and how much time its rounds may take."""

    width: float
    """The requested relative width of the ratio's 95% interval: (high - low) / ratio."""
    seconds: float
    """Limit of the time of all rounds, candidate and baseline together; `least` rounds are run in any case."""
    least: int
    """The smallest number of rounds."""
    most: int
    """The largest number of rounds."""

    def keep_calibrating(self, pairs: int, elapsed_seconds: float) -> bool:
        """Whether the calibration needs one more pair; it takes at least one and at most about a fifth of `seconds`."""
        known = pairs >= CALIBRATION_PAIRS and elapsed_seconds >= CALIBRATION_SECONDS
        return not pairs or (not known and elapsed_seconds < self.seconds / 5)

    def rounds(self, ratios: Sequence[float], pair_seconds: float) -> int:
        """The number of rounds, given the ratios of the calibration pairs and the mean time of a pair."""
        allowed = min(self.most, int(self.seconds / pair_seconds))
        wanted = rounds_for(self.width * WIDTH_MARGIN, spread_of(ratios)) if len(ratios) >= MIN_PAIRS else allowed
        return max(self.least, min(allowed, wanted))


def rounds_for(width: float, spread: float) -> int:
    """The number of ratios for which the interval of the sign test has this relative width.

    `spread` is the standard deviation of the ratios' logarithms. The interval of n ratios lies, to a good
    approximation, between the quantiles 1/2 - d and 1/2 + d with d = 0.98 / sqrt(n) + 0.5 / n.
    """
    if spread == 0:
        return 1
    reach = _NORMAL.cdf(width / (2 * spread)) - 0.5
    root = math.sqrt(0.98**2 + 2 * reach) - 0.98  # x = 1 / sqrt(n) solves 0.98 x + 0.5 x^2 = reach
    return math.ceil(1 / root**2)


def spread_of(ratios: Sequence[float]) -> float:
    """The standard deviation of the ratios' logarithms, estimated from the quartiles: a few outliers do not matter."""
    low, _, high = statistics.quantiles([math.log(ratio) for ratio in ratios], n=4)
    return (high - low) / _INTERQUARTILE_RANGE
