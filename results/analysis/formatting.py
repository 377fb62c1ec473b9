"""Numbers and lists as text for reports. Tables keep every digit; these functions round for reading."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from results.statistics import ALPHA, Interval, TimeToThreshold
from results.text import plural as plural  # re-exported for the sentences of reports
from results.text import plural_of

_MOST_PLACES = 6
SMOKE_CAUTION = "Smoke run: it checks that everything runs. Its numbers have no meaning."


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


def rounded_down(number: float, significant: int = 3) -> str:
    """For a lower bound, which must not be above the number."""
    places = digits(number, significant)
    return rounded(math.floor(number * 10**places) / 10**places, significant) if math.isfinite(number) else "-"


def measured(interval: Interval) -> str:
    """`3.44 (3.41 to 3.47)`: three digits of each number; the estimate alone without an interval."""
    estimate, low, high = (rounded(end) for end in (interval.estimate, interval.low, interval.high))
    return estimate if low == "-" else f"{estimate} ({low} to {high})"


def fraction(interval: Interval, places: int = 3) -> str:
    """`0.934 (0.921 to 0.945)`: an accuracy or another fraction."""
    return _with_interval(interval, f"z.{places}f")


def difference(interval: Interval) -> str:
    """`+0.341 (+0.330 to +0.352)`: a difference of accuracies with its sign. More decimals where an interval that
    excludes 0 would seem to end at it."""
    return _with_interval(interval, f"+z.{_apart(interval, 0.0, 3)}f")


def slope(interval: Interval) -> str:
    """`1.02 (0.98 to 1.05)`: an exponent."""
    return _with_interval(interval, "z.2f")


def ratio(interval: Interval, significant: int = 3) -> str:
    """`×0.62 (0.57 to 0.68)`: as many decimals as show two significant digits of the interval's width.

    But no more than show `significant` digits of the ratio, and no fewer than show one digit of it and of its interval,
    and that an interval excludes 1.
    """
    places = digits(interval.estimate, significant)
    if interval.high > interval.low:
        wide = digits(interval.high - interval.low, 2)
        shown = max(digits(number, 1) for number in (interval.estimate, interval.low))
        places = min(places, max(wide, shown))
    text = _with_interval(interval, f".{_apart(interval, 1.0, places)}f")
    return text if text == "-" else f"×{text}"


def ratio_estimate(interval: Interval) -> str:
    """`×0.62`: the ratio without its interval, with the digits that `ratio` shows beside it."""
    return ratio(interval).partition(" (")[0]


def large(interval: Interval) -> str:
    """`4,830 (4,700 to 4,960)`: a value of 100 or more; without the interval if all values are equal, as of counts of
    parameters."""
    return f"{interval.estimate:,.0f}" if interval.low == interval.high else _with_interval(interval, ",.0f")


def percent(interval: Interval) -> str:
    """`12.5% (10.1% to 15.2%)`."""
    return _with_interval(interval, "z.1%")


def count_of(interval: Interval) -> str:
    """`12 of 1,000, 1.2% (0.6% to 2.1%)`: a proportion of n as a count and in percent."""
    return f"{round(interval.estimate * interval.n):,} of {interval.n:,}, {percent(interval)}"


def _apart(interval: Interval, null: float, places: int) -> int:
    """The decimals, at least `places` and at most 6, with which an interval that excludes `null` does not show it."""
    ends = (interval.low, interval.high) if interval.excludes(null) else ()
    while places < _MOST_PLACES and any(round(end, places) == null for end in ends):
        places += 1
    return places


def fraction_of_peak(row: Any, places: int = 0) -> str:
    """`43% of tanh`: a row's fraction of the machine's peak rate; `-` if its work has not been counted."""
    known = row.share == row.share and row.share is not None
    return f"{row.share:.{places}%} of {row.limit}" if known else "-"


def _with_interval(interval: Interval, format_spec: str) -> str:
    """The estimate and its interval; the estimate alone without an interval, `-` without a value."""
    if interval.n == 0:
        return "-"
    estimate, low, high = (f"{value:{format_spec}}" for value in (interval.estimate, interval.low, interval.high))
    return estimate if math.isnan(interval.low) else f"{estimate} ({low} to {high})"


def probability(p: float) -> str:
    if math.isnan(p):
        return "-"
    if p < 0.001:
        return "< 0.001"
    text = f"{p:.3f}"
    return text if (float(text) < ALPHA) == (p < ALPHA) else f"{p:.4f}"  # 0.0498 is below 0.05


def steps(median: float) -> str:
    """A median of steps to the threshold: a number only if more than half of the runs reached it."""
    if math.isnan(median):
        return "-"
    return "not reached" if math.isinf(median) else f"{median:,.1f}".removesuffix(".0")


def reached(time: TimeToThreshold) -> str:
    """`9 of 10`: the runs that reached the threshold."""
    return f"{time.reached} of {time.n}"


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


def capital(text: str) -> str:
    """With a capital letter at the start, unless the first word has an underscore, as the names of columns have."""
    return text if "_" in text.split(maxsplit=1)[0] else f"{text[0].upper()}{text[1:]}"
