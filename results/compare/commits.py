"""Which cases take another time in one commit of the project than in another, from times of interleaved rounds.

A case changed if the sign test of its rounds has p < `SIGNIFICANCE` and the ratio differs from 1 by more than
`TOLERANCE`. The level is that of asv: of a thousand cases without a difference, at most two are reported, while a 95%
interval excludes 1 in fifty of them. The control, in which both sides run the first commit, is judged by the same rule
and shows how many changes are found where there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.analysis import formatting
from results.analysis.formatting import default_numpy
from results.analysis.timing.commits import CommitRatio, RoundRatio, commit_ratios
from results.analysis.timing.self_check import cautions
from results.compare.changes import Change, by_size
from results.compare.folders import Compared
from results.compare.timing import TOLERANCE
from results.errors import InputError
from results.statistics import Interval, proportion
from results.tables import csv_io, provenance

SIGNIFICANCE = 0.002
MINIMUM_ROUNDS = 10
"""With fewer, the p of the sign test is never below `SIGNIFICANCE`; with ten it is, if all rounds are on one side."""


@default_numpy()
def compare_commits(directory: Path) -> Compared:
    """The changes from the first commit (A) to the second (B).

    Raises InputError without commits.csv or its provenance.
    """
    rows = csv_io.read_table(directory, "commits")
    parts = provenance.read(directory)
    if "commits" not in parts:
        raise InputError(f"{directory}: provenance.json: parts.commits is missing; expected the command of commits.csv")
    return _compared(commit_ratios(rows), parts["commits"])


def changed(ratio: RoundRatio) -> bool:
    return ratio.p < SIGNIFICANCE and abs(math.log(ratio.interval.estimate)) > math.log(1 + TOLERANCE)


def _compared(cases: Sequence[CommitRatio], part: Mapping[str, Any]) -> Compared:
    settings = part["settings"]
    few = [case for case in cases if case.ratio.interval.n < MINIMUM_ROUNDS]
    cases = [case for case in cases if case not in few]
    found = [case for case in cases if changed(case.ratio)]
    changes = [
        Change(
            f"{case.name}: B over A {formatting.ratio(case.ratio.interval)}",
            "worse" if case.ratio.interval.estimate > 1 else "better",
            abs(math.log(case.ratio.interval.estimate)),
        )
        for case in found
    ]
    slower = sum(case.ratio.interval.estimate > 1 for case in found)
    ids = {side: commit[:10] for side, commit in settings["commits"].items()}
    widths = sorted((one.high - one.low) / one.estimate for one in (case.ratio.interval for case in cases))
    excluded = proportion(sum(case.control.interval.excludes(1.0) for case in cases), len(cases))
    any_profile = {**part, "profile": ""}  # smoke, too, has its rounds: it only selects small cases
    notes = [
        f"A is {ids['a']}, B is {ids['b']}.",
        f"{formatting.plural(len(cases), 'case')} timed in {formatting.plural(settings['rounds'], 'round')}: {slower} "
        f"slower in B, {len(found) - slower} faster, {len(cases) - len(found)} with no difference shown.",
        *(
            f"not testable: {case.name}: timed in {formatting.plural(case.ratio.interval.n, 'round')}, "
            f"{MINIMUM_ROUNDS} needed"
            for case in few
        ),
        f"A case changed if the sign test of its rounds has p < {SIGNIFICANCE:g} and the ratio differs by more than "
        f"{TOLERANCE:.0%}.{_widths(widths)}",
        *([_control(cases, excluded)] if cases else []),
        *cautions([any_profile], excluded if cases else None),
        *(f"not timed: {test}: {reason}" for test, reason in settings["not_timed"].items()),
        *(
            f"only in {side.upper()}: {formatting.plural(len(tests), 'test')}: {', '.join(tests)}"
            for side, tests in settings["only_in"].items()
            if tests
        ),
    ]
    return Compared(by_size(changes), notes)


def _widths(widths: Sequence[float]) -> str:
    return f" Half of the 95% intervals are narrower than {widths[len(widths) // 2]:.1%}." if widths else ""


def _control(cases: Sequence[CommitRatio], excluded: Interval) -> str:
    return (
        f"Control, A against a second copy of A: {sum(changed(case.control) for case in cases)} of {len(cases)} cases "
        f"would count as changed; the 95% interval excludes 1 in {formatting.count_of(excluded)}."
    )
