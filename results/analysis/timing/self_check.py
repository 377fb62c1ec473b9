"""Whether times can be trusted: the load of the machine, and intervals where the true ratio is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from scipy import stats

from results.analysis import formatting
from results.statistics import ALPHA, POWER, Interval, proportion
from results.tables.provenance import SMOKE

BUSY_CORES = 0.1
"""A machine is busy if other processes keep more cores than this busy, on average over a measurement. An idle system
keeps about a hundredth of a core busy."""


def is_smoke(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the measurements is a smoke run; `parts` are their parts of the provenance."""
    return any(part["profile"] == SMOKE for part in parts)


def cautions(parts: Sequence[Mapping[str, Any]], controls: Interval | None = None) -> list[str]:
    """What a reader has to know before the answer of a measurement of times; usually nothing.

    `parts` are the parts of the provenance of its commands. An earlier version recorded no load. `controls` is the
    fraction of the A/A controls whose interval excludes 1.
    """
    sentences = [formatting.SMOKE_CAUTION] if is_smoke(parts) else []
    loads = [part["noise"]["other_cores"] for part in parts if "noise" in part]
    cores = max((load for load in loads if load is not None), default=0.0)
    if cores > BUSY_CORES:
        sentences.append(
            f"Busy machine: other processes used {cores:.2f} cores on average during the measurement, more than "
            f"{BUSY_CORES:g}. Intervals are wider than on an idle machine, and may miss more often than they claim."
        )
    if controls and misses_too_often(controls):
        sentences.append(
            "Intervals too narrow: in the A/A controls, the 95% interval excludes 1 in "
            f"{formatting.count_of(controls)}; claimed: at most {ALPHA:.0%}."
        )
    return sentences


def misses_too_often(misses: Interval) -> bool:
    """Whether 95% intervals miss the truth more often than 5%, by the exact interval of the fraction that misses."""
    return misses.low > ALPHA


def by_true_ratio(checks: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame]]:
    """Yields each true ratio with its cases."""
    for planted in sorted(checks["planted"].unique()):
        yield planted, checks[checks["planted"] == planted]


def excluding(cases: pd.DataFrame, ratio: float) -> Interval:
    """The fraction of the cases whose interval excludes the ratio."""
    return proportion(int(((cases["ratio_low"] > ratio) | (cases["ratio_high"] < ratio)).sum()), len(cases))


def failed_claims(checks: pd.DataFrame) -> list[str]:
    """The claims that the cases refute, a phrase each; usually none.

    The claims are that the 95% interval misses the true ratio in at most 5% of cases, and that a slowdown is detected
    in at least 80%. A claim is refuted if the exact binomial interval of the observed fraction lies beyond it.
    """
    failed = []
    for planted, misses, detected in _observed(checks):
        if misses_too_often(misses):
            missed = formatting.count_of(misses)
            failed.append(f"intervals that miss the true ratio {planted:g}: {missed}; claimed: at most {ALPHA:.0%}")
        if detected and detected.high < POWER:
            found = formatting.count_of(detected)
            failed.append(f"slowdowns of {planted - 1:.0%} that are detected: {found}; claimed: at least {POWER:.0%}")
    return failed


def claims_met(checks: pd.DataFrame) -> bool:
    """Whether the observed fractions themselves meet the claims."""
    return all(
        misses.estimate <= ALPHA and (detected is None or detected.estimate >= POWER)
        for _, misses, detected in _observed(checks)
    )


def _observed(checks: pd.DataFrame) -> Iterator[tuple[float, Interval, Interval | None]]:
    """Each true ratio: the fraction of the intervals that miss it, and of the slowdowns that are detected."""
    for planted, cases in by_true_ratio(checks):
        yield planted, excluding(cases, planted), None if planted == 1.0 else excluding(cases, 1.0)


def detectable_miss_rate(n: int) -> float:
    """The fraction of intervals that has to miss for n cases to refute the claim of 5% with 80% power; 1 if n is 1."""
    enough = next((count for count in range(n + 1) if misses_too_often(proportion(count, n))), None)
    return 1.0 if enough is None else float(stats.beta.ppf(POWER, enough, n - enough + 1))


def check_sentences(checks: pd.DataFrame) -> list[str]:
    """The first claim, then for each true ratio how many intervals miss it, and how many slowdowns are detected."""
    sentences = [f"At most {ALPHA:.0%} of the 95% intervals should miss the true ratio."]
    for planted, misses, detected in _observed(checks):
        what = "two equal functions" if detected is None else f"a slowdown of {planted - 1:.0%}"
        found = f"; it is detected in {formatting.count_of(detected)}" if detected else ""
        sentences.append(f"Misses with {what}: {formatting.count_of(misses)}{found}.")
    return sentences
