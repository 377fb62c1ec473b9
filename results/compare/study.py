"""Arms of a study that end at another accuracy: what a change of the code does to the same seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from results.analysis import formatting
from results.analysis.run_metrics import ACCURACY, Outcomes, outcomes_by_levels
from results.compare.changes import Change, Group
from results.compare.row_keys import run_place
from results.report.folder import StudyFound
from results.statistics import Judged, judge, paired_difference, pairs_needed
from results.statistics.paired import BySeed

Place = tuple[tuple[str, Any], ...]
"""A combination of levels."""


@dataclass(frozen=True)
class _Arm:
    """One that both studies have, at one combination of levels, with its accuracies by seed."""

    name: str
    before: BySeed
    after: BySeed

    @property
    def moved(self) -> int:
        """How many seeds end elsewhere."""
        return sum(self.after[seed] != self.before[seed] for seed in self._shared)

    @property
    def _shared(self) -> set[int]:
        return self.before.keys() & self.after.keys()


def arm_changes(before: StudyFound, after: StudyFound) -> Group:
    """Paired by seed, over the seeds that both have; all arms at all levels are one family, judged by the rule by which
    a study's comparisons are."""
    arms = _shared_arms(before, after)
    judged = judge([paired_difference([(arm.after, arm.before)]) for arm in arms])
    found = list(zip(arms, judged, strict=True))
    moved = sum(arm.moved for arm in arms)
    total = sum(one.difference.interval.n for one in judged)
    rest = [Change(f"{moved} of {formatting.plural(total, 'run')} end at another {ACCURACY}")] if moved else []
    real = [_change(arm, one) for arm, one in found if one.verdict in ("higher", "lower")]
    few = [one for arm, one in found if one.verdict == "not enough seeds" and arm.moved]
    return Group(title="Accuracies of the arms, on the same seeds", changes=[*real, *rest], notes=_too_few(few))


def _shared_arms(before: StudyFound, after: StudyFound) -> list[_Arm]:
    had, has = _places(before), _places(after)
    return [
        _Arm(run_place(arm, dict(place)), had[place].of(ACCURACY, arm), has[place].of(ACCURACY, arm))
        for place in had
        if place in has
        for arm in before.settings["arms"]
        if arm in after.settings["arms"]
    ]


def _places(study: StudyFound) -> dict[Place, Outcomes]:
    return {tuple(levels.items()): outcomes for levels, outcomes in outcomes_by_levels(study.tables, study.settings)}


def _change(arm: _Arm, judged: Judged) -> Change:
    interval = judged.difference.interval
    says = f"{arm.name}: {judged.verdict} {ACCURACY}: {formatting.signed(interval)}, n = {formatting.plural(interval.n, 'seed')}"
    return Change(says, "arm less accurate" if judged.verdict == "lower" else None)


def _too_few(judged: list[Judged]) -> list[str]:
    if not judged:
        return []
    pairs = formatting.counted([one.difference.interval.n for one in judged], "pair of seeds")
    return [
        f"of {formatting.plural(len(judged), 'arm')} that moved it cannot be told whether they really did: {pairs}, "
        f"{pairs_needed(judged[0].family)} needed for a family of {judged[0].family}"
    ]
