"""Verdicts of a study that turned: what it compares, judged in each of two folders by the same rule."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from results.analysis import formatting
from results.analysis.comparisons import Comparison
from results.analysis.factor_levels import label
from results.analysis.run_metrics import STEPS
from results.compare.changes import Change
from results.statistics import Judged

_RANKS = {"higher": 1, "lower": -1}
"""Others are between: nothing is shown."""


def verdict_changes(before: Sequence[Comparison], after: Sequence[Comparison]) -> list[Change]:
    """Figure by figure, of the comparisons that both have. Worse is one that went down, of steps one that went up;
    nothing is known of which way a study wants its own measures to go, and higher is taken for better."""
    had, has = ({_key(one): one for one in found} for found in (before, after))
    turned = [
        _turned(_name(one), name, judged, has[key].outcomes[name])
        for key, one in had.items()
        if key in has
        for name, judged in one.outcomes.items()
        if name in has[key].outcomes and judged.verdict != has[key].outcomes[name].verdict
    ]
    return [
        *turned,
        *(Change(f"no longer compared: {_name(one)}") for key, one in had.items() if key not in has),
        *(Change(f"newly compared: {_name(one)}") for key, one in has.items() if key not in had),
    ]


def _key(one: Comparison) -> Hashable:
    return (*one.levels.items(), one.declared)


def _name(one: Comparison) -> str:
    return ", ".join(filter(None, [one.declared.says, label(one.levels)]))


def _turned(compared: str, name: str, before: Judged, after: Judged) -> Change:
    effects = " -> ".join(formatting.effect(name, judged.difference.interval) for judged in (before, after))
    verdicts = " -> ".join(formatting.verdict(name, judged.verdict) for judged in (before, after))
    down = _rank(name, after) < _rank(name, before)
    return Change(f"{compared}: {name}: {verdicts}: {effects}", "verdict turned" if down else None)


def _rank(name: str, judged: Judged) -> int:
    rank = _RANKS.get(judged.verdict, 0)
    return -rank if name == STEPS else rank
