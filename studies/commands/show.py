"""`retrograde show`: what a study compares, its number of runs, and an estimate of their time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from results.errors import reason_of
from results.statistics import pairs_needed
from results.terminal.output import Result
from results.text import duration, plural, single_line
from seq2seq_core.data import PairData
from studies.commands.values import setting_text
from studies.planning.plan import Plan
from studies.planning.time_estimate import estimate_seconds


@dataclass(frozen=True)
class Shown(Result):
    """What `show` prints."""

    name: str
    plan: Plan
    workers: int | None
    """Whose time is estimated; None for no estimate."""

    def lines(self) -> Iterator[str]:
        plan, study = self.plan, self.plan.study
        yield f"{self.name}: {study.question}"
        yield ""
        yield f"profile   {plan.profile}"
        width = max(map(len, study.arms))
        for line, (name, arm) in enumerate(study.arms.items()):
            baseline = "  (the baseline)" if name == study.baseline else ""
            recipe = {"recipe": arm.recipe} if arm.recipe else {}
            what = ", ".join(filter(None, [_settings({**arm.overrides, **recipe}), *arm.slips]))
            yield f"{'' if line else 'arms':10}{name:{width}}  {what}{baseline}"
        factors = [f"{name}: {', '.join(map(setting_text, levels))}" for name, levels in plan.factors.items()]
        yield f"factors   {'; '.join(factors) or 'none'}"
        yield f"seeds     {', '.join(map(str, plan.seeds))}"
        yield f"primary   {study.primary}"
        if plan.comparisons:
            needed = pairs_needed(plan.comparisons)
            few = "; these are too few" if len(plan.seeds) < needed else ""
            number = plural(plan.comparisons, "comparison")
            yield f"compared  {number}; a verdict needs {plural(needed, 'seed')} or more{few}"
            every = plan.comparisons // len(study.comparison_labels)
            where = f", at each of {every} combinations of levels" if every > 1 else ""
            yield from (f"{'':10}{label}{where}" for label in study.comparison_labels)
        if self.left_out:
            yield f"left out  comparisons that answer the question: {'; '.join(self.left_out)}"
        if study.uncompared_arms:
            yield f"alone     no comparison covers {', '.join(study.uncompared_arms)}"
        for line, (levels, settings) in enumerate(self.at_levels):
            yield f"{'' if line else 'levels':10}{_settings(levels)}: {_settings(settings)}"
        yield f"model     {self._common(plan.setup.model.to_dict())}"
        yield f"task      {self._common(plan.setup.task.to_dict())}"
        for data in plan.data:
            yield f"data      {_data_line(data)}"
        yield f"training  {self._common(plan.setup.training.to_dict())}"
        if study.recipe != "plain":
            yield f"recipe    {study.recipe}"
        if plan.tuning:
            yield f"tuning    {plan.tuning.describe()}"
        yield f"runs      {self._runs()} = {plan.size}"
        if self.workers:
            yield f"time      {self._time(self.workers)}"

    def document(self) -> dict[str, Any]:
        plan, study = self.plan, self.plan.study
        seconds, reason = self.estimate
        return {
            "study": self.name,
            "question": study.question,
            "profile": plan.profile,
            "arms": [
                {
                    "name": name,
                    "settings": dict(arm.overrides),
                    "recipe": arm.recipe or study.recipe,
                    "slips": list(arm.slips),
                    "baseline": name == study.baseline,
                }
                for name, arm in study.arms.items()
            ],
            "factors": {name: list(levels) for name, levels in plan.factors.items()},
            "at_levels": [{"levels": levels, "settings": settings} for levels, settings in self.at_levels],
            "seeds": list(plan.seeds),
            "primary": study.primary,
            "comparisons": plan.comparisons,
            "compared": study.comparison_labels if plan.comparisons else [],
            "seeds_for_a_verdict": pairs_needed(plan.comparisons) if plan.comparisons else None,
            "left_out": self.left_out,
            "uncompared_arms": list(study.uncompared_arms),
            "model": plan.setup.model.to_dict(),
            "task": plan.setup.task.to_dict(),
            "data": [_data_line(data) for data in plan.data],
            "training": plan.setup.training.to_dict(),
            "recipe": study.recipe,
            "tuning": plan.tuning.describe() if plan.tuning else None,
            "runs": plan.size,
            "workers": self.workers,
            "seconds": seconds,
            "no_estimate": reason,
        }

    @property
    def at_levels(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The levels and the settings that go with them, for each combination that has some."""
        return [(levels, settings) for levels, _, settings in self.plan.at_levels if settings]

    @property
    def left_out(self) -> list[str]:
        """The comparisons that answer the question and are not made."""
        decision = self.plan.study.decision
        return list(decision.left_out) if decision else []

    @cached_property
    def estimate(self) -> tuple[float | None, str | None]:
        """Seconds of training, or the reason why there is no estimate; two times None if none is wanted."""
        if not self.workers:
            return None, None
        try:
            return estimate_seconds(self.plan, self.workers), None
        except Exception as error:  # of the model, or of code from outside; a run would fail in the same way
            return None, f"a training step fails: {type(error).__name__}: {reason_of(error)}"

    def _common(self, settings: Mapping[str, Any]) -> str:
        """Those that hold for all runs, or where an arm or a level does not set its own."""
        overrides = [arm.overrides.keys() for arm in self.plan.study.arms.values()]
        replaced = {*self.plan.factors, *(name for _, own in self.at_levels for name in own)}.union(
            name for name in overrides[0] if all(name in own for own in overrides)
        )
        return _settings({name: value for name, value in settings.items() if name not in replaced})

    def _runs(self) -> str:
        plan = self.plan
        arms = plural(len(plan.study.arms), "arm")
        sizes = [arms, *(f"{len(levels)} {name}" for name, levels in plan.factors.items())]
        runs = " x ".join([*sizes, plural(len(plan.seeds), "seed")])
        if plan.tuning is None:
            return runs
        trials = [plural(plan.tuning.trials_per_arm, "trial"), plural(plan.tuning.seeds, "tuning seed")]
        return f"at most {' x '.join([*sizes, *trials])} + {runs}"

    def _time(self, workers: int) -> str:
        seconds, reason = self.estimate
        if seconds is None:
            return single_line(f"unknown, because {reason}")
        most = "at most " if self.plan.tuning else ""
        further = "; tests at further lengths may take longer" if self.plan.setup.training.test_lengths else ""
        return (
            f"{most}about {duration(seconds)} of training with {plural(workers, 'worker')} here; estimated from some "
            f"steps of each arm, without start and report{further}"
        )


def _data_line(data: PairData) -> str:
    """`dates.tsv: 4,000 pairs for train, 500 for evaluation, 500 for test, by characters; vocabulary of 41, and <unk>
    (letters=42)`."""
    names = ", ".join(dict.fromkeys(str(file["name"]) for file in data.files))
    train, *others = (f"{len(one):,} {'pairs ' * (name == 'train')}for {name}" for name, one in data.sets.items())
    units, size = data.vocabulary.units, len(data.vocabulary.symbols)
    return f"{names}: {', '.join([train, *others])}, by {units}; vocabulary of {size:,}, and <unk> (letters={size + 1})"


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={setting_text(value)}" for name, value in settings.items())
