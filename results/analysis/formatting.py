"""Figures rounded for reading, and the few words that hang on them. Tables keep every digit; these are for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from results.analysis.run_metrics import STEPS
from results.statistics import ALPHA, POWER, Interval, Verdict
from results.tables.column import plural as plural  # sentences of a report take it from here
from results.tables.column import plural_of


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


def unsigned(interval: Interval) -> str:
    """An accuracy's difference where a word tells its sign."""
    down = interval.estimate < 0
    return accuracy(Interval(-interval.estimate, -interval.high, -interval.low, interval.n) if down else interval)


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


def effect(name: str, interval: Interval) -> str:
    """What a comparison found of a figure: `0.71 [0.64, 0.79] times` of steps, else `+0.341 [+0.330, +0.352]`."""
    if interval.n == 0:
        return "-"
    return f"{ratio(interval)} times" if name == STEPS else signed(interval)


def detectable(name: str, size: float) -> str:
    """The smallest difference that would have been seen, where there is such a figure: `14%` of steps, else `0.004`."""
    if not size > 0:  # nan: too few seeds; 0: every seed gave the same
        return "-"
    return f"{100 * size:.0f}%" if name == STEPS else f"{size:.3f}"


def verdict(name: str, said: Verdict) -> str:
    """What the rule says, in a word or three."""
    if name == STEPS and said in ("higher", "lower"):
        return "more steps" if said == "higher" else "fewer steps"
    return said


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


def counted(numbers: Sequence[float], noun: str) -> str:
    """`7 to 200 rounds`, `1 round`."""
    said = span(numbers)
    return f"{said} {noun if said == '1' else plural_of(noun)}"


RULE = (
    "A study declares what it compares: its changes, or else each arm against the baseline. All of these comparisons, "
    "at all levels, are one family, and each figure is judged within it.",
    "A difference is called real (higher, lower, fewer or more steps) only if two things hold: its 95% interval "
    "excludes no difference, and the two-sided sign-flip test, paired by seed, gives p < "
    f"{ALPHA} after Holm's correction over the family. For accuracies the test is of the mean difference; for steps, "
    "of the scores of the log-rank test, in which a run that never got there is censored.",
    "A family in which nothing differs so has a difference called real in at most 5% of studies; measured: "
    "results/README.md.",
    "Not enough seeds means that the rule could not have said yes whatever came out: 6 seeds do for one comparison, 10 "
    "for 25. Otherwise no difference could be shown, which does not mean that there is none: beside it stands the "
    f"difference that would have been seen with a probability of {POWER:.0%}, of the spread that was found.",
    "A candidate is called faster or slower than its baseline only if the 95% interval of the ratio of their times "
    "excludes 1; the ratios of a page are not corrected for their number: of twenty comparisons of equals, expect one "
    "to be called different.",
)
