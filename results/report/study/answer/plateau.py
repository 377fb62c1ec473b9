"""Whether the learning curves of runs that do not reach 99% have a plateau, or still rise at the end.

The change is that of the Levenshtein accuracy on the evaluation set over the last quarter of the epochs, on average
over the seeds. An arm still rises if the 95% interval of its change is above 0, however slowly, and falls if the
change is -0.01 or less and its interval is below 0. Otherwise its curve is flat if the interval lies within 0.01 of 0:
it has a plateau as far as these steps show. All else is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.factor_levels import label
from results.page.elements import Table
from results.statistics import Interval, mean_interval, most_reach

_SMALL = 0.01
"""A change over the last quarter of the epochs below which a curve that does not rise is flat."""
_Word = Literal["still rising", "flat", "falling", "not known"]
_OPENINGS: Mapping[_Word, tuple[str, str]] = {
    "still rising": ("no, not within", ", as it still rises"),
    "flat": ("yes, within", ""),
    "falling": ("not known within", ", as it falls"),
    "not known": ("not known within", ""),
}
"""What stands before and after the number of steps and the level."""


def still_rising(rise: Interval) -> bool:
    """`rise`: the mean rise over the last quarter of the epochs, with its interval over runs."""
    return _word(rise) == "still rising"


def _word(rise: Interval) -> _Word:
    if rise.low > 0:
        return "still rising"
    if rise.low >= -_SMALL and rise.high <= _SMALL:
        return "flat"
    return "falling" if rise.high < 0 and rise.estimate <= -_SMALL else "not known"


def plateau_tables(summaries: Sequence[ArmSummary]) -> list[Table]:
    """A table of the arms with a run that does not reach 99%; none without convergence.csv, or if all runs do."""
    rows = [
        [*map(str, one.levels.values()), one.arm, formatting.reached(one.time_to_99),
         formatting.fraction(one.accuracy), formatting.difference(rise),
         "-" if most_reach([one.time_to_99]) else _word(rise)]
        for one in summaries
        if (rise := mean_interval(one.rises)).n and one.time_to_99.censored
    ]  # fmt: skip
    table = Table(
        title="Plateau or still rising",
        note="Arms with a run that does not reach 99%. Change: of the Levenshtein accuracy on the evaluation set over "
        "the last quarter of the epochs. Still rising: its interval is above 0. Falling: the interval is below 0, and "
        f"the change -{_SMALL:g} or less. Flat: the interval is within {_SMALL:g} of 0, and not above it. Not known: "
        "all else. -: most runs reach 99%.",
        header=[*summaries[0].levels, "arm", "runs at 99%", "accuracy at the end", "change", "curve"],
        rows=rows,
        source="convergence.csv",
        folded=True,
    )
    return [table] if rows else []


def plateau_sentences(summaries: Sequence[ArmSummary], settings: Mapping[str, Any]) -> list[str]:
    """Whether the curve of the baseline has a plateau, level by level; none without convergence.csv."""
    baseline = settings["baseline"]
    text = "; ".join(_clause(one) for one in summaries if one.arm == baseline and one.rises)
    return [f"Does the arm {baseline} have a plateau? {formatting.capital(text)}."] if text else []


def _clause(one: ArmSummary) -> str:
    """`no at max_length = 10: all 10 runs reach 99%`."""
    where = f" at {label(one.levels)}" if one.levels else ""
    reached, n = one.time_to_99.reached, one.time_to_99.n
    if most_reach([one.time_to_99]):
        if n == 1:
            return f"no{where}: the run reaches 99%"
        return f"no{where}: {'all' if reached == n else f'{reached} of'} {n} runs reach 99%"
    rise = mean_interval(one.rises)
    before, after = _OPENINGS[_word(rise)]
    some = f"{reached} of {formatting.plural(n, 'run')} reach{'es' * (reached == 1)}"
    return (
        f"{before} {formatting.steps(one.budget)} steps{where}{after}: {some if reached else f'no run of {n} reaches'} "
        f"99%, the mean accuracy at the end is {formatting.fraction(one.accuracy)}, and that on the evaluation set "
        f"changes by {formatting.difference(rise)} in the last quarter"
    )
