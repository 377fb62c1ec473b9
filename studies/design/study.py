"""What a study is: a question, a base, and arms x factors x seeds. A study that exists can be planned at every profile.

Nothing here trains or stores; a study is checked at birth, so that a slip in the file of a study is one line at once
and not a failed run an hour later.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optuna.distributions import CategoricalDistribution

from results.tables.column import CellError, text
from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig, suggest
from studies import MOST_SEEDS, PROFILES
from studies.design.comparisons import Contrast, Published, Switch
from studies.design.setup import Setup
from studies.design.tuning import Tuning
from studies.recipes.registry import RECIPES, recipe_of

FIGURES = ("steps_to_99", "levenshtein_accuracy", "exact_match")
"""The columns of runs.csv that a study may call its primary figure."""
YARDSTICKS = (
    "epochs",
    "steps_per_epoch",
    "evaluation_size",
    "test_size",
    "task",
    "letters",
    "min_length",
    "max_length",
)
"""Settings that say how much is trained and what is measured: to tune one would be to choose the question."""


@dataclass(frozen=True, init=False)
class Arm:
    """A compared variant, as what it changes in the study's base: fields of ModelConfig and TrainConfig, and slips."""

    slips: tuple[str, ...]
    overrides: Mapping[str, Any]

    def __init__(self, *slips: str, **overrides: Any) -> None:
        object.__setattr__(self, "slips", slips)
        object.__setattr__(self, "overrides", overrides)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much of a study is run: a number of seeds, and what differs from the study as it is declared."""

    seeds: int
    factors: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Factor -> levels, added to the study's factors, or in place of one of the same name."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Fields of TrainConfig in place of the study's."""
    trials_per_arm: int | None = None
    """In place of the tuning's, in a study that is tuned."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question and the runs that answer it: every arm, at every combination of levels, with every seed."""

    question: str
    base: ModelConfig
    task: TaskConfig
    training: TrainConfig
    baseline: str
    """The arm that the others are compared with."""
    arms: Mapping[str, Arm]
    factors: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """A setting's name -> its levels; all combinations are run."""
    primary: str
    """The figure that the answer is read from, one of `FIGURES`."""
    profiles: Mapping[str, Profile]
    tuning: Tuning | None = None
    """What each arm may choose for itself, before the settings that it chose are run with the seeds."""
    recipe: str = "plain"
    """What a training is made of beyond its settings, a name in `studies.recipes.registry.RECIPES`."""
    contrasts: tuple[Contrast, ...] = ()
    switches: tuple[Switch, ...] = ()
    published: tuple[Published, ...] = ()
    first_epoch: int = 1
    """The number of the first epoch in the tables."""

    def __post_init__(self) -> None:
        if self.baseline not in self.arms:
            raise ConfigError(f"Study.baseline: {self.baseline!r} is no arm; {suggest(self.baseline, self.arms)}")
        if self.primary not in FIGURES:
            raise ConfigError(f"Study.primary: {self.primary!r} is no figure; {suggest(self.primary, FIGURES)}")
        if set(self.profiles) != set(PROFILES):
            raise ConfigError(f"Study.profiles: {', '.join(self.profiles)}; expected {', '.join(PROFILES)}")
        self._check_arms()
        for name in self.profiles:
            self._check_profile(name)
        self._check_labels()

    @property
    def setup(self) -> Setup:
        return Setup(self.base, self.task, self.training, self.recipe)

    def factors_at(self, profile: str) -> dict[str, tuple[Any, ...]]:
        return {**self.factors, **self.profiles[profile].factors}

    def tuning_at(self, profile: str) -> Tuning | None:
        trials = self.profiles[profile].trials_per_arm
        if self.tuning is None or trials is None:
            return self.tuning
        return dataclasses.replace(self.tuning, trials_per_arm=trials)

    def setup_of(self, arm: str, profile: str, settings: Mapping[str, Any], levels: Mapping[str, Any]) -> Setup:
        """What an arm runs with: the base, then the profile, the reader's settings, the levels, and the arm's own."""
        changes = {**self.profiles[profile].training, **settings, **levels, **self.arms[arm].overrides}
        try:
            setup = dataclasses.replace(self.setup.replace(changes), slips=self.arms[arm].slips)
            recipe_of(setup.recipe, setup.slips, setup.model.score)
            return setup
        except ConfigError as error:
            raise ConfigError(f"arm {arm!r}: {error}") from error

    def _check_arms(self) -> None:
        own = [name for name in {**self.base.to_dict(), **self.training.to_dict()} if name not in YARDSTICKS]
        for name, arm in self.arms.items():
            for key in arm.overrides:
                if key not in own:
                    raise ConfigError(
                        f"arm {name!r}: {key!r} is no setting of the model or of its training that an arm may choose; "
                        f"{suggest(key, own)}"
                    )
        compared = [name for contrast in self.contrasts for name in (contrast.arm, contrast.against)]
        compared += [name for switch in self.switches for pair in switch.pairs for name in pair]
        for name in [*compared, *(point.arm for point in self.published)]:
            if name not in self.arms:
                raise ConfigError(f"a comparison of {name!r}: it is no arm; {suggest(name, self.arms)}")

    def _check_profile(self, name: str) -> None:
        profile = self.profiles[name]
        if type(profile.seeds) is not int or not 1 <= profile.seeds <= MOST_SEEDS:
            raise ConfigError(
                f"profile {name!r}: {profile.seeds!r} seeds; expected a whole number from 1 to {MOST_SEEDS:,}"
            )
        try:
            self.training.replace(profile.training)
        except ConfigError as error:
            raise ConfigError(f"profile {name!r}: {error}") from error
        factors = self.factors_at(name)
        for factor, levels in factors.items():
            if factor not in self.setup.known:
                raise ConfigError(f"factor {factor!r}: no such setting; {suggest(factor, self.setup.known)}")
            if not levels or any(level in levels[:place] for place, level in enumerate(levels)):
                raise ConfigError(f"factor {factor!r}: levels {levels!r}; expected at least one, and each once")
            for arm in self.arms:
                if factor in self.arms[arm].overrides:
                    raise ConfigError(f"factor {factor!r}: the arm {arm!r} sets it too; expected one or the other")
        self._check_tuning(name)
        for arm, chosen in itertools.product(self.arms, combinations(factors)):
            check_space(self.setup_of(arm, name, {}, chosen), self.tuning)

    def _check_labels(self) -> None:
        """All that the tables will hold as texts."""
        chosen = [("arm", name) for name in self.arms]
        chosen += [("measure", name) for name in RECIPES[self.recipe].measures]
        space = self.tuning.space if self.tuning else {}
        choices = [(name, drawn.choices) for name, drawn in space.items() if isinstance(drawn, CategoricalDistribution)]
        for setting, values in [*choices, *(pair for name in self.profiles for pair in self.factors_at(name).items())]:
            chosen += [(setting, value) for value in values if isinstance(value, str)]
        for what, label in chosen:
            check_label(what, label)

    def _check_tuning(self, profile: str) -> None:
        if self.tuning is None:
            if self.profiles[profile].trials_per_arm is not None:
                raise ConfigError(f"profile {profile!r}: trials_per_arm in a study without a tuning; expected none")
            return
        try:
            self.tuning_at(profile)
        except ConfigError as error:
            raise ConfigError(f"profile {profile!r}: {error}") from error
        setters = {f"the arm {name!r}": arm.overrides for name, arm in self.arms.items()}
        setters["a factor"] = self.factors_at(profile)
        setters[f"the profile {profile!r}"] = self.profiles[profile].training
        for name in self.tuning.space:
            if name not in self.setup.known:
                raise ConfigError(f"Tuning.space: no setting {name!r}; {suggest(name, self.setup.known)}")
            if name in YARDSTICKS:
                raise ConfigError(
                    f"Tuning.space: {name} is what all arms are measured by; expected a setting of theirs"
                )
            for setter, settings in setters.items():
                if name in settings:
                    raise ConfigError(f"Tuning.space: {name}: {setter} sets it too; expected one or the other")


def check_label(what: str, label: str) -> None:
    """ConfigError for a name that the tables cannot hold as a text."""
    try:
        text(what).format(label)
    except CellError as error:
        raise ConfigError(str(error)) from error


def combinations(factors: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Every choice of one level a factor, the last factor varying fastest; one empty choice if there is no factor."""
    for levels in itertools.product(*factors.values()):
        yield dict(zip(factors, levels, strict=True))


def check_space(setup: Setup, tuning: Tuning | None) -> None:
    """Tries what a tuning may choose on what an arm runs with; ConfigError if it refuses any."""
    for corner in tuning.corners() if tuning else ():
        try:
            setup.replace(corner)
        except ConfigError as error:
            raise ConfigError(f"Tuning.space: {error}") from error
