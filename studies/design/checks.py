"""What a study has to fulfil beyond its arms and factors: names that tables can hold, a decision, a tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optuna.distributions import CategoricalDistribution

from results.tables.column import CellError, text
from results.tables.study_metadata import YES
from results.tables.study_schema import TABLES
from results.text import format_setting
from seq2seq_core.config import ConfigError, TaskConfig, suggest
from studies.design.comparisons import Decision
from studies.design.setup import Setup
from studies.design.tuning import Tuning

if TYPE_CHECKING:
    from studies.design.study import Study

FIXED_SETTINGS = (
    "epochs",
    "steps_per_epoch",
    "stop_at",
    "evaluation_size",
    "test_size",
    "test_lengths",
    *TaskConfig.names(),
)
"""Settings that no arm may override and no tuning may search: they define how much is trained and what is measured."""


def check_label(what: str, label: str) -> None:
    """ConfigError for a name that CSV readers would not read back as text."""
    try:
        text(what).format(label)
    except CellError as error:
        raise ConfigError(str(error)) from error


def check_labels(study: Study) -> None:
    """Checks every name that the tables contain as text."""
    chosen = [("arm", name) for name in study.arms]
    chosen += [("extra metric", name) for name in study.extra_metrics]
    taken = {column.name for table in ("runs", "convergence", "by_length") for column in TABLES[table]}
    for name in study.extra_metrics:
        if name in taken | study.setup.config_of.keys():
            raise ConfigError(f"extra metric {name!r}: the tables have a column of this name; expected another name")
    space = study.tuning.space if study.tuning else {}
    choices = [(name, drawn.choices) for name, drawn in space.items() if isinstance(drawn, CategoricalDistribution)]
    for setting, values in [*choices, *(pair for name in study.profiles for pair in study.factors_at(name).items())]:
        chosen += [(setting, value) for value in values if isinstance(value, str)]
    for what, label in chosen:
        check_label(what, label)


def check_decision(study: Study, decision: Decision) -> None:
    labels = study.comparison_labels
    if not decision.comparisons and not decision.left_out:
        raise ConfigError("Decision.comparisons: it is empty; expected at least one comparison of the study")
    for label in decision.comparisons:
        if label not in labels:
            raise ConfigError(f"Decision.comparisons: {label!r} is not a comparison; {suggest(label, labels)}")
    if decision.yes not in YES:
        raise ConfigError(f"Decision.yes: {decision.yes!r}; expected {', '.join(YES)}")
    levels = [
        f"{factor} = {format_setting(level)}"
        for name in study.profiles
        for factor, values in study.factors_at(name).items()
        for level in values
    ]
    known = [*study.arms, *labels, *levels]
    for name in decision.phrases:
        if name not in known:
            raise ConfigError(
                f"Decision.phrases: {name!r} is not an arm, a comparison or a level; {suggest(name, known)}"
            )


def check_tuning(study: Study, profile: str) -> None:
    if study.tuning is None:
        if study.profiles[profile].trials_per_arm is not None:
            raise ConfigError(f"profile {profile!r}: trials_per_arm is set, but the study has no tuning; expected None")
        return
    try:
        study.tuning_at(profile)
    except ConfigError as error:
        raise ConfigError(f"profile {profile!r}: {error}") from error
    setters = {f"the arm {name!r}": arm.overrides for name, arm in study.arms.items()}
    setters["a factor"] = study.factors_at(profile)
    for factor, at_levels in study.level_settings.items():
        for level, settings in at_levels.items():
            setters[f"the level {factor} = {level}"] = settings
    setters[f"the profile {profile!r}"] = study.profiles[profile].training
    for name in study.tuning.space:
        if name not in study.setup.config_of:
            raise ConfigError(f"Tuning.space: unknown setting {name!r}; {suggest(name, study.setup.config_of)}")
        if name in FIXED_SETTINGS:
            raise ConfigError(
                f"Tuning.space: {name} defines what is measured; expected a setting that arms may differ in"
            )
        for setter, settings in setters.items():
            if name in settings:
                raise ConfigError(f"Tuning.space: {name}: {setter} also sets it; expected one of the two")


def check_space(setup: Setup, tuning: Tuning | None) -> None:
    """ConfigError if a setup does not accept every value that a tuning may choose."""
    for corner in tuning.corners() if tuning else ():
        try:
            setup.replace(corner).build_recipe()
        except ConfigError as error:
            raise ConfigError(f"Tuning.space: {error}") from error
