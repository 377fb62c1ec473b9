"""Which cases take another time in one commit of the project than in another, from times of interleaved rounds.

A case changed if the 95% interval of its ratio excludes 1 and the ratio differs from 1 by more than `TOLERANCE`: of
many cases without a difference, one in twenty has an interval that excludes 1. The control, in which both sides run the
first commit, is judged by the same rule and shows how many changes are found where there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.analysis import formatting
from results.analysis.commits import CommitRatio, commit_ratios
from results.analysis.formatting import default_numpy
from results.analysis.self_check import cautions
from results.compare.changes import Change, by_size
from results.compare.folders import Compared
from results.compare.timing import TOLERANCE, moved
from results.statistics import Interval, proportion
from results.tables import csv_io, provenance
from results.tables.atomic_write import InputError


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


def changed(ratio: Interval) -> bool:
    return moved(Interval(1.0, 1.0, 1.0, ratio.n), ratio)


def _compared(cases: Sequence[CommitRatio], part: Mapping[str, Any]) -> Compared:
    settings = part["settings"]
    found = [case for case in cases if changed(case.ratio)]
    changes = [
        Change(
            f"{case.name}: B over A {formatting.ratio(case.ratio)}, {formatting.ratio_verdict(case.ratio)}",
            "worse" if case.ratio.estimate > 1 else "better",
            abs(math.log(case.ratio.estimate)),
        )
        for case in found
    ]
    slower = sum(case.ratio.estimate > 1 for case in found)
    ids = {side: commit[:10] for side, commit in settings["commits"].items()}
    widths = sorted((case.ratio.high - case.ratio.low) / case.ratio.estimate for case in cases)
    excluded = proportion(sum(case.control.excludes(1.0) for case in cases), len(cases))
    any_profile = {**part, "profile": ""}  # smoke, too, has its rounds: it only selects small cases
    notes = [
        f"A is {ids['a']}, B is {ids['b']}.",
        f"{formatting.plural(len(cases), 'case')} timed in {formatting.plural(settings['rounds'], 'round')}: {slower} "
        f"slower in B, {len(found) - slower} faster, {len(cases) - len(found)} with no difference shown.",
        f"A case changed if the 95% interval of its ratio excludes 1 and the ratio differs by more than "
        f"{TOLERANCE:.0%}. Half of the intervals are narrower than {widths[len(widths) // 2]:.1%}.",
        f"Control, A beside a second copy of A: {sum(changed(case.control) for case in cases)} of {len(cases)} cases "
        f"would count as changed; the intervals of {formatting.count_of(excluded)}, exclude 1.",
        *cautions([any_profile], excluded),
        *(f"not timed: {test}: {reason}" for test, reason in settings["not_timed"].items()),
        *(
            f"only in {side.upper()}: {formatting.plural(len(tests), 'test')}: {', '.join(tests)}"
            for side, tests in settings["only_in"].items()
            if tests
        ),
    ]
    return Compared(by_size(changes), notes)
