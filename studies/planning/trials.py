"""A chain: the tuning trials of one arm at one combination of levels, one after the other, and which of them is chosen.

Chains know nothing of each other, so they go on side by side, and what a chain comes to depends on its own runs alone:
not on who did them, in which order the chains went on, or how often they were cut off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from studies.design.setup import Setup
from studies.design.tuning import FIRST_SEED, Search
from studies.planning.run import Run, Trial
from studies.planning.run_rows import Rows, status_of, value_of
from studies.planning.sampler import Past, propose, should_stop_trial


@dataclass(frozen=True)
class Variant:
    """An arm at one combination of levels."""

    arm: str
    levels: Mapping[str, Any]
    setup: Setup
    device: str

    def run(self, seed: int, settings: Mapping[str, Any], trial: Trial | None = None) -> Run:
        """With some settings in place of its own."""
        setup = self.setup.replace(settings)
        return Run(
            arm=self.arm,
            levels=self.levels,
            seed=seed,
            model=setup.model,
            task=setup.task,
            training=setup.training,
            device=self.device,
            trial=trial,
            recipe=setup.recipe,
            slips=setup.slips,
        )


@dataclass(frozen=True)
class Tried:
    """A trial, as far as it is known."""

    settings: Mapping[str, Any]
    runs: Sequence[Run]
    """Those that can be known by now, in the order of their seeds."""
    past: Past | None
    """What it came to; None while it is unfinished."""

    @property
    def value(self) -> float | None:
        """None for a trial that is not completed: it can be no arm's choice."""
        return fmean(self.past.values) if self.past and self.past.outcome == "done" else None


def follow(variant: Variant, search: Search, primary: str, trials: int, settled: Mapping[str, Rows]) -> list[Tried]:
    """The trials of a chain, up to so many, and up to the first that is unfinished.

    `settled` holds the rows of settled runs, of this chain and of any other, by id.
    """
    chain: list[Tried] = []
    history: list[Past] = []
    while len(chain) == len(history) < trials:
        tried = _tried(variant, Trial(len(chain), search, primary), history, settled)
        chain.append(tried)
        history += [tried.past] if tried.past else []
    return chain


def chosen(chain: Sequence[Tried], trials: int) -> Tried | None:
    """The trial with the highest value, of equals the first; None until all are through, and if none was completed."""
    if len(chain) < trials or chain[-1].past is None:
        return None
    return max((tried for tried in chain if tried.value is not None), key=lambda tried: tried.value or 0, default=None)


def _tried(variant: Variant, place: Trial, history: Sequence[Past], settled: Mapping[str, Rows]) -> Tried:
    """Its runs one after the other, up to one that is not settled, came to no good end, or spares the others."""
    settings = propose(place.search, history)
    runs: list[Run] = []
    values: list[float] = []
    epochs, outcome = 0, "done"
    while outcome == "done" and len(runs) < place.search.seeds:
        runs.append(variant.run(FIRST_SEED + len(runs), settings, place))
        rows = settled.get(runs[-1].run_id)
        if rows is None:
            return Tried(settings, runs, None)
        value = value_of(place.primary, rows)
        values += [] if value is None else [value]
        epochs += len(rows["convergence"])
        outcome = status_of(rows)
        if outcome == "done" and should_stop_trial(place.search, history, values):
            outcome = "pruned"
    return Tried(settings, runs, Past(tuple(settings.items()), outcome, tuple(values), epochs))
