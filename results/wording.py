"""Figures rounded for reading, and the few words that hang on them. Tables keep every digit; these are for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from results.statistics import ALPHA, MINIMUM_PAIRS, Difference, Interval


def digits(number: float, significant: int = 3) -> int:
    """Decimals that show so many significant digits of a number."""
    if number == 0 or not math.isfinite(number):
        return significant - 1
    return max(0, significant - 1 - math.floor(math.log10(abs(number))))


def rounded(number: float, significant: int = 3) -> str:
    return f"{number:.{digits(number, significant)}f}" if math.isfinite(number) else "-"


def accuracy(interval: Interval) -> str:
    """`0.934 [0.921, 0.945]`, or without the interval where there is none."""
    if interval.n == 0:
        return "-"
    if math.isnan(interval.low):
        return f"{interval.estimate:.3f}"
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def signed(interval: Interval) -> str:
    """An accuracy's difference, with its sign: `+0.341 [+0.330, +0.352]`."""
    if interval.n == 0:
        return "-"
    if math.isnan(interval.low):
        return f"{interval.estimate:+.3f}"
    return f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def ratio(interval: Interval) -> str:
    """`0.452 [0.441, 0.460]`: three significant digits of the ratio, as many decimals at its ends."""
    places = digits(interval.estimate)
    if math.isnan(interval.low):
        return f"{interval.estimate:.{places}f}"
    return f"{interval.estimate:.{places}f} [{interval.low:.{places}f}, {interval.high:.{places}f}]"


def probability(p: float) -> str:
    if math.isnan(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def steps(median: float) -> str:
    """A median of steps; a number only where more than half of the runs got there."""
    if math.isnan(median):
        return "-"
    return "not reached" if math.isinf(median) else f"{median:,.0f}"


def verdict(difference: Difference) -> str:
    """What the rule says of a difference of accuracies, in a word or three."""
    if not difference.enough:
        return "not enough seeds"
    if not difference.real:
        return "no difference shown"
    return "higher" if difference.interval.estimate > 0 else "lower"


def speed_verdict(interval: Interval) -> str:
    """What the interval of a time's ratio says."""
    if math.isnan(interval.low):
        return "not enough rounds"
    if not interval.excludes(1.0):
        return "no difference shown"
    return "faster" if interval.estimate < 1 else "slower"


def span(numbers: Sequence[float], places: int = 0) -> str:
    """`7 to 200`, or the one number that all of them are."""
    return " to ".join(dict.fromkeys(f"{end:.{places}f}" for end in (min(numbers), max(numbers))))


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


RULE = (
    "An arm's final accuracy is called higher or lower than the baseline's only if three things hold: there are at "
    f"least {MINIMUM_PAIRS} seeds on which both finished; the 95% BCa bootstrap interval of the mean difference, "
    f"paired by seed, excludes zero; and the two-sided sign-flip permutation test of those pairs gives p < {ALPHA}. "
    "Otherwise no difference could be shown, which does not mean that there is none. A candidate is called faster or "
    "slower than its baseline only if the 95% interval of the ratio of their times excludes 1. No correction is made "
    "for the number of comparisons on the page: of twenty comparisons of equals, expect about one to be called "
    "different."
)
