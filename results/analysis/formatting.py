"""Numbers and lists as text for reports. Tables keep every digit; these functions round for reading."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from results.analysis.run_metrics import STEPS
from results.statistics import ALPHA, POWER, Interval, Verdict
from results.tables.column import plural as plural  # re-exported for the sentences of reports
from results.tables.column import plural_of


@contextmanager
def default_numpy() -> Iterator[None]:
    """Sets numpy's printing and floating-point errors to their defaults, whatever a notebook or sitecustomize has set.

    In force while results are read, judged and written, so that the same rows give the same bytes. For figures,
    `results/figures/style.py` does the same with matplotlib's settings.
    """
    errors = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
    with np.printoptions(legacy=False), errors:  # legacy mode rounds numbers in texts to 12 digits
        yield


def digits(number: float, significant: int = 3) -> int:
    """The decimals that show so many significant digits of a number."""
    if number == 0 or not math.isfinite(number):
        return significant - 1
    return max(0, significant - 1 - math.floor(math.log10(abs(number))))


def rounded(number: float, significant: int = 3) -> str:
    return f"{number:.{digits(number, significant)}f}" if math.isfinite(number) else "-"


def fraction(interval: Interval) -> str:
    """`0.934 [0.921, 0.945]`: an accuracy or another number near 1, with three decimals."""
    return _bracketed(interval, ".3f")


def difference(interval: Interval) -> str:
    """`+0.341 [+0.330, +0.352]`: a difference of accuracies with its sign."""
    return _bracketed(interval, "+.3f")


def magnitude(interval: Interval) -> str:
    """`0.341 [0.330, 0.352]`: a difference of accuracies where the sentence gives its sign."""
    negative = interval.estimate < 0
    return fraction(Interval(-interval.estimate, -interval.high, -interval.low, interval.n) if negative else interval)


def ratio(interval: Interval) -> str:
    """`0.452 [0.441, 0.460]`: three significant digits of the ratio, and as many decimals at the ends."""
    return _bracketed(interval, f".{digits(interval.estimate)}f")


def percent(interval: Interval) -> str:
    """`12.5% [10.1%, 15.2%]`."""
    return _bracketed(interval, "z.1%")


def count_of(interval: Interval) -> str:
    """`12 (1.2% [0.6%, 2.1%])`: a proportion of n as a count and in percent."""
    return f"{round(interval.estimate * interval.n):,} ({percent(interval)})"


def fraction_of_peak(row: Any, places: int = 0) -> str:
    """`43% of tanh`: a row's fraction of the machine's peak rate; `-` if its work has not been counted."""
    known = row.share == row.share and row.share is not None
    return f"{row.share:.{places}%} of {row.limit}" if known else "-"


def _bracketed(interval: Interval, format_spec: str) -> str:
    """The estimate and its interval; the estimate alone without an interval, `-` without a value."""
    if interval.n == 0:
        return "-"
    estimate, low, high = (f"{value:{format_spec}}" for value in (interval.estimate, interval.low, interval.high))
    return estimate if math.isnan(interval.low) else f"{estimate} [{low}, {high}]"


def probability(p: float) -> str:
    if math.isnan(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def steps(median: float) -> str:
    """A median of steps to the threshold: a number only if more than half of the runs reached it."""
    if math.isnan(median):
        return "-"
    return "not reached" if math.isinf(median) else f"{median:,.0f}"


def effect(metric: str, interval: Interval) -> str:
    """The effect of a comparison: `0.71 [0.64, 0.79] times` for steps, else `+0.341 [+0.330, +0.352]`."""
    if interval.n == 0:
        return "-"
    return f"{ratio(interval)} times" if metric == STEPS else difference(interval)


def detectable(metric: str, size: float) -> str:
    """The smallest detectable effect: `14%` for steps, else `0.004`; `-` if it is unknown.

    It is nan with too few seeds, and 0 if every seed gave the same difference.
    """
    if not size > 0:
        return "-"
    return f"{100 * size:.0f}%" if metric == STEPS else f"{size:.3f}"


def verdict(metric: str, verdict: Verdict) -> str:
    if metric == STEPS and verdict in ("higher", "lower"):
        return "more steps" if verdict == "higher" else "fewer steps"
    return verdict


def ratio_verdict(interval: Interval) -> str:
    """The verdict on a ratio of times, from its interval."""
    if math.isnan(interval.low):
        return "not enough rounds"
    if not interval.excludes(1.0):
        return "no difference shown"
    return "faster" if interval.estimate < 1 else "slower"


def span(numbers: Sequence[float], places: int = 0) -> str:
    """`7 to 200`, or one number if all are equal."""
    return " to ".join(dict.fromkeys(f"{end:.{places}f}" for end in (min(numbers), max(numbers))))


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def counted(numbers: Sequence[float], noun: str) -> str:
    """`7 to 200 rounds`, `1 round`."""
    numbers_text = span(numbers)
    return f"{numbers_text} {noun if numbers_text == '1' else plural_of(noun)}"


RULE = (
    "A study declares its comparisons: its contrasts and switches, or else each arm against the baseline. All of "
    "them, at all levels, form one family for each metric.",
    "The verdict is higher, lower, fewer steps or more steps only if two conditions hold: the 95% interval excludes "
    f"no difference, and the two-sided sign-flip test, paired by seed, gives p < {ALPHA} after Holm's correction "
    "over the family. For accuracies the test is of the mean difference; for steps, of the scores of the log-rank "
    "test, in which a run that did not reach 99% is censored.",
    "If nothing differs, at most 5% of families have a verdict other than no difference; measured error rates: "
    "results/README.md.",
    "Not enough seeds means that no outcome of so few seeds could have met the conditions: one comparison needs 6 "
    "seeds, 25 need 10. No difference shown does not mean that there is no difference: the smallest detectable "
    f"effect beside it is the difference that would be detected with {POWER:.0%} power, given the spread of this "
    "study.",
    "A candidate is faster or slower than its baseline only if the 95% interval of the ratio of their times "
    "excludes 1. The ratios of a page are not corrected for their number: of twenty comparisons of equals, expect "
    "one to be called different.",
)
