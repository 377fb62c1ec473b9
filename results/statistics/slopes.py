"""How fast a cost grows: the exponent b of cost = a * size^b, which is the slope of the logarithms.

A slope is fitted by least squares to the logarithms of sizes and costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from results.statistics.intervals import LEVEL, MINIMUM_ROUNDS, Interval, Sample, finite, median_interval


def log_slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of log(cost) against log(size); nan for fewer than two different sizes.

    Raises ValueError for a size or a cost that is not positive.
    """
    x, y = _logs(sizes), _logs(costs)
    x = x - x.mean()
    return float(x @ y / (x @ x)) if np.ptp(x) > 0 else math.nan


def slope_of_rounds(sizes: Sequence[float], rounds: Sequence[Sequence[float]]) -> Interval:
    """The slope of costs that were measured in several rounds, each of which has a cost for every size.

    With six rounds or more, each round has a slope, and the result is their median with the interval of the sign test:
    it covers the noise of the rounds, whatever its distribution, and not the deviation from a straight line. With
    fewer rounds, the line is fitted to all costs at once, with the interval of Student's t, which covers both; there
    is none for fewer than three costs.

    Raises ValueError as `log_slope` does.
    """
    if len(rounds) >= MINIMUM_ROUNDS:
        return median_interval(np.array([log_slope(sizes, costs) for costs in rounds]))
    return slope_of_costs([size for _ in rounds for size in sizes], [cost for costs in rounds for cost in costs])


def slope_of_costs(sizes: Sequence[float], costs: Sequence[float]) -> Interval:
    """The slope with the interval of Student's t, which assumes that the deviations from the line are independent."""
    estimate, n = log_slope(sizes, costs), len(costs)
    if n < 3 or math.isnan(estimate):
        return Interval(estimate, math.nan, math.nan, n)
    x, y = _logs(sizes), _logs(costs)
    x, y = x - x.mean(), y - y.mean()
    deviations = y - estimate * x
    error = math.sqrt(deviations @ deviations / (n - 2) / (x @ x)) * float(stats.t.ppf((1 + LEVEL) / 2, n - 2))
    return Interval(estimate, estimate - error, estimate + error, n)


def _logs(values: Sequence[float]) -> Sample:
    sample = finite(values)
    if sample.size == 0 or sample.min() <= 0:
        raise ValueError("a size or a cost of zero or less; expected positive numbers")
    return np.log(sample)
