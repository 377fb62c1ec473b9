"""A study: a question, a base, and arms x factors x seeds.

A study is checked when it is created: a study that exists can be planned at every profile. So a mistake in its file is
one line at once, and not a failed run an hour later.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from results.text import format_setting
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest
from studies import MAX_SEEDS, PROFILES
from studies.design.checks import FIXED_SETTINGS, check_decision, check_labels, check_space, check_tuning
from studies.design.comparisons import (
    Contrast,
    Decision,
    Published,
    Switch,
    check_comparisons,
    check_published,
)
from studies.design.field_types import check_types
from studies.design.setup import Setup
from studies.design.tuning import Tuning
from studies.recipes.registry import RECIPES

ON_LONGER = "exact_match_on_longer"
PRIMARY_METRICS = ("steps_to_99", "levenshtein_accuracy", "exact_match", ON_LONGER)
"""What can be the primary metric of a study: columns of runs.csv, or the mean over the lengths of sources
beyond those of the training (`TrainConfig.test_lengths`) of the exact match at the length."""


@dataclass(frozen=True, init=False)
class Arm:
    """A named setting of the model and the training: what it overrides of the base (ModelConfig and TrainConfig), its
    slips, and its recipe if that is not the study's."""

    slips: tuple[str, ...]
    recipe: str | None
    """A name in `studies.recipes.registry.RECIPES`; None for the study's recipe."""
    overrides: Mapping[str, Any]

    def __init__(self, /, *slips: str, recipe: str | None = None, **overrides: Any) -> None:
        object.__setattr__(self, "slips", slips)
        object.__setattr__(self, "recipe", recipe)
        object.__setattr__(self, "overrides", overrides)

    def to_dict(self) -> dict[str, Any]:
        """The overrides, and the recipe and the slips where the arm has some."""
        own = {"recipe": self.recipe, "slips": list(self.slips)}
        return {**self.overrides, **{name: value for name, value in own.items() if value}}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much of a study is run: the number of seeds, and what replaces the study's declaration."""

    seeds: int
    factors: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Factor -> levels; added to the study's factors, or replacing one of the same name."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Settings of TrainConfig that replace the study's."""
    trials_per_arm: int | None = None
    """Replaces the tuning's number of trials; None keeps it."""
    arms: tuple[str, ...] = ()
    """The arms that are run, unless a command names others; empty for all."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question, and the runs that answer it: every arm at every combination of levels with every seed."""

    question: str
    base: ModelConfig
    task: TaskConfig
    training: TrainConfig
    baseline: str
    """The arm that the other arms are compared with."""
    arms: Mapping[str, Arm]
    factors: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Name of a setting -> its levels; all combinations are run."""
    level_settings: Mapping[str, Mapping[Any, Mapping[str, Any]]] = field(default_factory=dict)
    """Factor -> level -> settings that go with the level, such as more epochs for longer sequences."""
    primary: str
    """The metric that answers the question, one of `PRIMARY_METRICS`."""
    profiles: Mapping[str, Profile]
    tuning: Tuning | None = None
    """The search for each arm's settings, which are then trained with the reported seeds; None for no tuning."""
    recipe: str = "plain"
    """A name in `studies.recipes.registry.RECIPES`, for arms that name none."""
    contrasts: tuple[Contrast, ...] = ()
    switches: tuple[Switch, ...] = ()
    published: tuple[Published, ...] = ()
    differences: tuple[str, ...] = ()
    """What the study does otherwise than the published experiment, in sentences; the report lists them."""
    decision: Decision | None = None
    """How the comparisons answer the question; None for a question that is not one of yes or no."""
    first_epoch: int = 1
    """The number of the first epoch in the tables."""

    def __post_init__(self) -> None:
        check_types(self)
        decision = [self.decision] if self.decision else []
        for part in (
            *self.arms.values(),
            *self.profiles.values(),
            *self.contrasts,
            *self.switches,
            *self.published,
            *decision,
        ):
            check_types(part)
        if self.baseline not in self.arms:
            raise ConfigError(f"Study.baseline: {self.baseline!r} is not an arm; {suggest(self.baseline, self.arms)}")
        if self.primary not in PRIMARY_METRICS:
            raise ConfigError(
                f"Study.primary: {self.primary!r} is not a primary metric; {suggest(self.primary, PRIMARY_METRICS)}"
            )
        if set(self.profiles) != set(PROFILES):
            raise ConfigError(f"Study.profiles: {', '.join(self.profiles)}; expected {', '.join(PROFILES)}")
        self._check_arms()
        for name in self.profiles:
            self._check_profile(name)
        self._check_level_settings()
        self._check_recipes()
        if self.primary == ON_LONGER and (self.tuning or not self._tests_longer()):
            raise ConfigError(
                f"Study.primary: {ON_LONGER!r} is refused; expected TrainConfig.test_lengths with longer "
                "sources than the task's max_length at every profile and combination of levels, and no tuning"
            )
        check_labels(self)
        check_published(self.published, self.arms, map(self.factors_at, self.profiles))
        if self.decision:
            check_decision(self, self.decision)

    @property
    def setup(self) -> Setup:
        return Setup(self.base, self.task, self.training, self.recipe)

    @property
    def extra_metrics(self) -> tuple[str, ...]:
        """The names of the extra metrics of the runs."""
        return RECIPES[self.recipe].extra_metrics

    def _tests_longer(self) -> bool:
        """Whether every profile evaluates sources longer than those of the training, at every combination of levels."""
        return all(
            self.setup_of(self.baseline, profile, {}, levels).tests_longer
            for profile in self.profiles
            for levels in combinations(self.factors_at(profile))
        )

    @property
    def comparison_labels(self) -> list[str]:
        """The names of the comparisons in the tables of the report."""
        declared = [*(one.says for one in self.contrasts), *(one.says for one in self.switches)]
        return declared or [f"{arm} against {self.baseline}" for arm in self.arms if arm != self.baseline]

    @property
    def uncompared_arms(self) -> list[str]:
        """The arms that no comparison covers."""
        pairs = [(one.arm, one.against) for one in self.contrasts] + [
            pair for one in self.switches for pair in one.pairs
        ]
        compared = {arm for pair in pairs for arm in pair} or (set(self.arms) if len(self.arms) > 1 else set())
        return [arm for arm in self.arms if arm not in compared]

    def factors_at(self, profile: str) -> dict[str, tuple[Any, ...]]:
        return {**self.factors, **self.profiles[profile].factors}

    def tuning_at(self, profile: str) -> Tuning | None:
        trials = self.profiles[profile].trials_per_arm
        if self.tuning is None or trials is None:
            return self.tuning
        return dataclasses.replace(self.tuning, trials_per_arm=trials)

    def brought_by(self, levels: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that go with these levels."""
        brought: dict[str, Any] = {}
        for factor, level in levels.items():
            brought |= self.level_settings.get(factor, {}).get(level, {})
        return brought

    def setup_of(self, arm: str, profile: str, settings: Mapping[str, Any], levels: Mapping[str, Any]) -> Setup:
        """The setup of an arm: the base, then the settings of its levels, the profile, the user's settings, the levels
        and the arm override it."""
        changes = {
            **self.brought_by(levels),
            **self.profiles[profile].training,
            **settings,
            **levels,
            **self.arms[arm].overrides,
        }
        try:
            own = self.arms[arm]
            setup = dataclasses.replace(self.setup.replace(changes), slips=own.slips, recipe=own.recipe or self.recipe)
            setup.build_recipe()  # raises what a training would raise
            return setup
        except ConfigError as error:
            raise ConfigError(f"arm {arm!r}: {error}") from error

    def _check_arms(self) -> None:
        own = [name for name in {**self.base.to_dict(), **self.training.to_dict()} if name not in FIXED_SETTINGS]
        for name, arm in self.arms.items():
            for key in arm.overrides:
                if key not in own:
                    raise ConfigError(
                        f"arm {name!r}: {key!r} is not a setting that an arm can override; {suggest(key, own)}"
                    )
        check_comparisons(self.contrasts, self.switches, self.arms)

    def _check_profile(self, name: str) -> None:
        profile = self.profiles[name]
        if not 1 <= profile.seeds <= MAX_SEEDS:
            raise ConfigError(f"profile {name!r}: {profile.seeds!r} seeds; expected an integer from 1 to {MAX_SEEDS:,}")
        for arm in profile.arms:
            if arm not in self.arms:
                raise ConfigError(f"profile {name!r}: unknown arm {arm!r}; {suggest(arm, self.arms)}")
        try:
            self.training.replace(profile.training)
        except ConfigError as error:
            raise ConfigError(f"profile {name!r}: {error}") from error
        factors = self.factors_at(name)
        for factor, levels in factors.items():
            if factor not in self.setup.config_of:
                raise ConfigError(f"factor {factor!r}: unknown setting; {suggest(factor, self.setup.config_of)}")
            if not levels or any(level in levels[:place] for place, level in enumerate(levels)):
                raise ConfigError(f"factor {factor!r}: levels {levels!r}; expected at least one, without duplicates")
            for arm in self.arms:
                if factor in self.arms[arm].overrides:
                    raise ConfigError(f"factor {factor!r}: the arm {arm!r} also sets it; expected one of the two")
        check_tuning(self, name)
        for arm, chosen in itertools.product(self.arms, combinations(factors)):
            check_space(self.setup_of(arm, name, {}, chosen), self.tuning)

    def _check_recipes(self) -> None:
        """A table has the same columns for all runs, and a report has one rule for runs that end early."""
        for name, arm in self.arms.items():
            own, of_study = RECIPES[arm.recipe or self.recipe], RECIPES[self.recipe]
            for what, its, others in (
                ("extra metrics", ", ".join(own.extra_metrics) or "none", ", ".join(of_study.extra_metrics) or "none"),
                ("end of solved runs", own.stops or "the default", of_study.stops or "the default"),
            ):
                if its != others:
                    raise ConfigError(
                        f"arm {name!r}: {what} of its recipe {arm.recipe!r}: {its}; of the study's recipe "
                        f"{self.recipe!r}: {others}; expected the same"
                    )

    def _check_level_settings(self) -> None:
        levels: dict[str, set[Any]] = {}
        for name in self.profiles:
            for factor, values in self.factors_at(name).items():
                levels.setdefault(factor, set()).update(values)
        for factor, at_levels in self.level_settings.items():
            if factor not in levels:
                raise ConfigError(f"Study.level_settings: {factor!r} is not a factor; {suggest(factor, levels)}")
            for level, settings in at_levels.items():
                if level not in levels[factor]:
                    known = ", ".join(map(format_setting, sorted(levels[factor], key=str)))
                    raise ConfigError(f"Study.level_settings: {factor} has no level {level!r}; known: {known}")
                for name in settings:
                    if name in levels or any(name in arm.overrides for arm in self.arms.values()):
                        raise ConfigError(
                            f"Study.level_settings: {name}: an arm or a factor also sets it; expected one of them"
                        )


def combinations(factors: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """All combinations of levels, the last factor varying fastest; one empty combination without factors."""
    for levels in itertools.product(*factors.values()):
        yield dict(zip(factors, levels, strict=True))
