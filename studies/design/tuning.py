"""A tuning: which settings are searched, within which ranges, by which sampler and pruner. It is equal for all arms.

A trial is one choice of settings, trained with the tuning's own seeds. Its value is measured on the evaluation set, so
that the test set stays unused until the chosen settings are trained with the reported seeds.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
    json_to_distribution,
)

from results.text import plural
from seq2seq_core.config import ConfigError, suggest
from studies import LARGEST_SEED, MAX_SEEDS

SAMPLERS = ("tpe", "random")
PRUNERS = ("median", "hyperband", "wilcoxon", "none")
FIRST_SEED = LARGEST_SEED + 1
"""The first tuning seed, for all arms and trials. Reported seeds start from 0 and stay below it."""
WILCOXON_SEEDS = 5
"""With fewer seeds the Wilcoxon pruner has no effect: p is below its 0.1 after four pairs at the earliest, and a fifth
seed must be left to skip."""
OBJECTIVES = {
    "steps_to_99": "the mean over the epochs of the Levenshtein accuracy (the area under the learning curve, which is "
    "larger the sooner and the higher the curve rises)",
    "levenshtein_accuracy": "the Levenshtein accuracy after the last epoch",
    "exact_match": "the exact match after the last epoch",
}
"""Primary metric of a study -> the value of a tuning run, on the evaluation set; higher is better."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How settings are searched, without the budget: a larger budget continues the trials of a smaller one."""

    space: Mapping[str, BaseDistribution]
    """Name of a setting -> its values, as a distribution of Optuna."""
    sampler: str = "tpe"
    """tpe or random."""
    pruner: str = "median"
    """median and hyperband end a run early, wilcoxon skips the remaining seeds of a trial; or none."""
    seeds: int = 1
    """Runs per trial. The value of the trial is their mean."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        space = {name: json.loads(distribution_to_json(distribution)) for name, distribution in self.space.items()}
        return {"space": space, "sampler": self.sampler, "pruner": self.pruner, "seeds": self.seeds}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        space = {name: json_to_distribution(json.dumps(entry)) for name, entry in content["space"].items()}
        return cls(**{**content, "space": space})


@dataclass(frozen=True, kw_only=True)
class Tuning(Search):
    """A search and its budget. Checked when it is created."""

    trials_per_arm: int
    """At each combination of levels."""

    def __post_init__(self) -> None:
        if not self.space:
            raise ConfigError("Tuning.space: it is empty; expected at least one setting and its distribution")
        for name, distribution in self.space.items():
            if not isinstance(distribution, FloatDistribution | IntDistribution | CategoricalDistribution):
                raise ConfigError(
                    f"Tuning.space: {name} is {distribution!r}; expected one of optuna.distributions, such as "
                    "FloatDistribution(1e-4, 1e-1, log=True)"
                )
            if distribution.single():
                raise ConfigError(f"Tuning.space: {name} has a single value; expected at least two")
        for field, known in (("sampler", SAMPLERS), ("pruner", PRUNERS)):
            if getattr(self, field) not in known:
                raise ConfigError(f"Tuning.{field}: {getattr(self, field)!r}; {suggest(getattr(self, field), known)}")
        for field in ("trials_per_arm", "seeds"):
            if type(getattr(self, field)) is not int or not 1 <= getattr(self, field) <= MAX_SEEDS:
                raise ConfigError(
                    f"Tuning.{field}: {getattr(self, field)!r}; expected an integer from 1 to {MAX_SEEDS:,}"
                )
        if self.pruner == "wilcoxon" and self.seeds < WILCOXON_SEEDS:
            raise ConfigError(f"Tuning.seeds: {self.seeds}; the wilcoxon pruner needs at least {WILCOXON_SEEDS}")

    @property
    def search(self) -> Search:
        return Search(**{field.name: getattr(self, field.name) for field in fields(Search)})

    def corners(self) -> Iterator[dict[str, Any]]:
        """Extreme settings, all of which the configurations must accept: every combination of all choices, the ends of
        each range, and the number after its low end, which shows whether fractions are allowed."""
        for values in itertools.product(*map(_ends, self.space.values())):
            yield dict(zip(self.space, values, strict=True))

    def describe(self) -> str:
        """One line: what is searched, how, and with which budget."""
        space = ", ".join(f"{name} in {_text(distribution)}" for name, distribution in self.space.items())
        trials, runs = plural(self.trials_per_arm, "trial"), plural(self.seeds, "run")
        return f"{space}; {trials} per arm, {runs} each; sampler {self.sampler}, pruner {self.pruner}"

    def rule(self, primary: str) -> str:
        """Which trial is chosen, and what the value of a trial is; for the report."""
        seeds = f"averaged over its {self.seeds} seeds, " if self.seeds > 1 else ""
        return (
            "of an arm's completed trials the one with the highest value, of equals the first; a trial's value is "
            f"{OBJECTIVES[primary]}, {seeds}on the evaluation set; a trial that was pruned, diverged or failed is "
            "never chosen"
        )


def _ends(distribution: BaseDistribution) -> Sequence[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    low, high = distribution.low, distribution.high
    return low, high, low + distribution.step if distribution.step else math.nextafter(low, high)


def _text(distribution: BaseDistribution) -> str:
    if isinstance(distribution, CategoricalDistribution):
        return "{" + ", ".join(map(json.dumps, distribution.choices)) + "}"
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return f"[{distribution.low:g}, {distribution.high:g}]{' (log)' if distribution.log else ''}"
