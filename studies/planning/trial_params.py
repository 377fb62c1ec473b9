"""The parameters of the Optuna trials of a plan, which optuna-dashboard and TensorBoard show and filter by.

They are the arm, the levels of the factors, the settings and slips in which the arms differ, the tuned settings, the
number of the tuning trial, and the seed. No run is read from them: a trial also holds its complete run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from results.text import format_setting
from studies import MAX_SEEDS
from studies.design.tuning import FIRST_SEED
from studies.planning.plan import Plan
from studies.planning.run import Run, Variant

_VALUE_IN_TUNING = {
    "steps_to_99": "mean over epochs",
    "levenshtein_accuracy": "evaluation set",
    "exact_match": "exact_match, evaluation set",
}
"""Primary metric of a study -> what the value of a tuning run is, in short (see `OBJECTIVES`)."""


@dataclass(frozen=True)
class TrialParams:
    plan: Plan

    @property
    def value_name(self) -> str:
        """The name of the value of a trial."""
        tuning = f" (tuning: {_VALUE_IN_TUNING[self.plan.study.primary]})" if self.plan.tuning else ""
        return f"levenshtein_accuracy{tuning}"

    @cached_property
    def choices(self) -> dict[str, CategoricalDistribution]:
        """Name -> the values of the parameters that the variants differ in."""
        values: dict[str, dict[Any, None]] = {}
        for variant in self.plan.variants:
            for name, value in self._of_variant(variant).items():
                values.setdefault(name, {})[value] = None
        return {name: CategoricalDistribution(tuple(choices)) for name, choices in values.items()}

    @cached_property
    def numbers(self) -> dict[str, BaseDistribution]:
        """Name -> the range of the other parameters."""
        tuned = self.plan.tuning.space if self.plan.tuning else {}
        return {**tuned, "trial": IntDistribution(0, MAX_SEEDS), "seed": IntDistribution(0, FIRST_SEED + MAX_SEEDS)}

    def of(self, run: Run) -> dict[str, Any]:
        """Name -> value; a reported run has no `trial`."""
        tuned = run.setup.values_of(self.plan.tuning.space) if self.plan.tuning else {}
        trial = {"trial": run.trial.number} if run.trial else {}
        return {**self._of_variant(run.variant), **tuned, **trial, "seed": run.seed}

    @cached_property
    def _settings(self) -> list[str]:
        """The settings in which arms differ."""
        names = dict.fromkeys(name for arm in self.plan.study.arms.values() for name in arm.overrides)
        setups = [variant.setup.values_of(names) for variant in self.plan.variants]
        return [name for name in names if any(values[name] != setups[0][name] for values in setups)]

    def _of_variant(self, variant: Variant) -> dict[str, Any]:
        settings = {**variant.levels, **variant.setup.values_of(self._settings)}
        slips = any(other.setup.slips for other in self.plan.variants)
        return {
            "arm": variant.arm,
            **{name: _choice(value) for name, value in settings.items()},
            **({"slips": ", ".join(variant.setup.slips)} if slips else {}),
        }


def _choice(value: object) -> object:
    """A setting's value as a choice of Optuna, which has no tuples."""
    return value if isinstance(value, bool | int | float | str) else format_setting(value)
