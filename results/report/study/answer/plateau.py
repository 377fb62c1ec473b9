"""Whether the learning curves of runs that do not reach 99% have a plateau, or still rise at the end.

An arm still rises if the Levenshtein accuracy on the evaluation set rose by 0.01 or more over the last quarter of its
epochs, on average over the seeds, with a 95% interval above 0. With a smaller rise its curve is flat: it has a plateau
as far as these steps show. A rise of 0.01 or more whose interval includes 0, or has too few runs, is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.factor_levels import label
from results.page.elements import Table
from results.statistics import Interval, mean_interval

_RISE = 0.01
"""The smallest rise over the last quarter of the epochs that is called one."""


def still_rising(rise: Interval) -> bool:
    """`rise`: the mean rise over the last quarter of the epochs, with its interval over runs."""
    return _word(rise) == "still rising"


def _word(rise: Interval) -> Literal["still rising", "flat", "not known"]:
    if rise.estimate < _RISE and rise.low == rise.low:
        return "flat"
    return "still rising" if rise.low > 0 else "not known"


def plateau_tables(summaries: Sequence[ArmSummary]) -> list[Table]:
    """A table of the arms with a run that does not reach 99%; none without convergence.csv, or if all runs do."""
    rows = [
        [*map(str, one.levels.values()), one.arm, formatting.reached(one.time_to_99),
         formatting.fraction(one.accuracy), formatting.difference(rise), _word(rise)]
        for one in summaries
        if (rise := mean_interval(one.rises)).n and one.time_to_99.censored
    ]  # fmt: skip
    table = Table(
        title="Plateau or still rising",
        note="Arms with a run that does not reach 99%. Rise: of the Levenshtein accuracy on the evaluation set over "
        f"the last quarter of the epochs. Still rising: by {_RISE:g} or more, with an interval above 0; not "
        "known, if the interval includes 0 or there is none. With a smaller rise the curve is flat.",
        header=[*summaries[0].levels, "arm", "runs at 99%", "accuracy at the end", "rise", "curve"],
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
    if reached == n:
        return f"no{where}: all {formatting.plural(n, 'run')} reach 99%"
    rise = mean_interval(one.rises)
    steps = f"within {formatting.steps(one.budget)} steps"
    word = {"still rising": f"none {steps}", "flat": f"yes, {steps}", "not known": f"not known {steps}"}[_word(rise)]
    some = f"{reached} of {formatting.plural(n, 'run')} reach{'es' * (reached == 1)}"
    return (
        f"{word}{where}: {some if reached else f'no run of {n} reaches'} 99%, and the mean accuracy of all runs, "
        f"{formatting.fraction(one.accuracy)} at the end, rises by {formatting.difference(rise)} in the last quarter"
    )
