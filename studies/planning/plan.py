"""From a study to its runs: which runs there are, in which order, and which of them can be planned now.

A study without tuning has all its runs from the beginning. In a tuned study, the results of the earlier trials decide
the settings of the next one, and the best trial of an arm decides the settings of its reported runs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from results.text import format_setting
from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.config.device import check_compiler
from seq2seq_core.config.task import SIZES
from seq2seq_core.data import PairData
from seq2seq_core.evaluation.evaluate import check_test_lengths
from studies.design.checks import check_space
from studies.design.setup import Setup
from studies.design.study import ON_LONGER, Study, combinations
from studies.design.tuning import FIRST_SEED, Tuning
from studies.planning.run import Run, Variant
from studies.planning.run_rows import Rows
from studies.planning.trials import TrialProgress, best_trial, replay_trials
from studies.sources.code import Code


@dataclass(frozen=True)
class Plan:
    """A study at one profile, with the user's settings."""

    study: Study
    profile: str
    setup: Setup
    """The base of all arms."""
    factors: Mapping[str, tuple[Any, ...]]
    seeds: tuple[int, ...]
    tuning: Tuning | None
    variants: tuple[Variant, ...]
    """Every arm at every combination of levels; arms vary fastest."""

    @property
    def outside(self) -> dict[str, str]:
        """What the runs depend on outside this project; see `Setup.outside`."""
        return {name: value for variant in self.variants for name, value in variant.setup.outside.items()}

    @property
    def data(self) -> list[PairData]:
        """The data sets of the runs; empty for tasks whose examples are drawn. DataFileError if one has changed."""
        tasks = [one.setup.task for one in self.variants if one.setup.task.content]
        return [task.pairs for task in {(one.content, one.units, one.split_seed): one for one in tasks}.values()]

    @property
    def notices(self) -> list[str]:
        """What a reader of the scores should know about the data, a line each."""
        return list(dict.fromkeys(line for data in self.data for line in data.notices()))

    @property
    def comparisons(self) -> int:
        """The number of comparisons, at all levels of the factors."""
        return len(self.study.comparison_labels) * math.prod(map(len, self.factors.values()))

    @property
    def at_levels(self) -> list[tuple[dict[str, Any], Setup, dict[str, Any]]]:
        """(levels, a setup at them, the settings that go with them) for each combination of levels."""
        setups = {tuple(variant.levels.items()): (dict(variant.levels), variant.setup) for variant in self.variants}
        return [(levels, setup, setup.values_of(self.study.brought_by(levels))) for levels, setup in setups.values()]

    @property
    def initial_runs(self) -> tuple[Run, ...]:
        """The runs that can be planned before any run is finished: all runs of a study without tuning."""
        return tuple(self.planned_runs({}))

    @property
    def size(self) -> int:
        """The largest number of runs; fewer if a trial ends before its last seed or an arm has no best trial."""
        tuning = self.tuning.trials_per_arm * self.tuning.seeds if self.tuning else 0
        return len(self.variants) * (tuning + len(self.seeds))

    def tuning_trials(self, finished: Mapping[str, Rows]) -> list[tuple[list[TrialProgress], TrialProgress | None]]:
        """(trials up to the first unfinished one, the best trial once all are finished) for each variant; empty without
        tuning."""
        if self.tuning is None:
            return []
        limit = self.tuning.trials_per_arm
        trials_of_each = [
            replay_trials(variant, self.tuning.search, self.study.primary, limit, finished) for variant in self.variants
        ]
        return [(trials, best_trial(trials, limit)) for trials in trials_of_each]

    def planned_runs(self, finished: Mapping[str, Rows]) -> list[Run]:
        """The runs that can be planned now: tuning runs, then reported runs, in the order of the tables.

        `finished` holds the rows of finished runs by id. Once all planned runs are finished, the study is finished.
        """
        settings_of_each: list[Mapping[str, Any] | None] = [{} for _ in self.variants]
        tuning_runs = []
        if self.tuning:
            tuned = self.tuning_trials(finished)
            settings_of_each = [best.settings if best else None for _, best in tuned]
            tuning_runs = [run for trials, _ in tuned for trial in trials for run in trial.runs]
        # Seeds vary slowest: an interrupted study has all arms at the first seeds, not all seeds of the first arm.
        return tuning_runs + [
            variant.run(seed, settings)
            for seed in self.seeds
            for variant, settings in zip(self.variants, settings_of_each, strict=True)
            if settings is not None
        ]


def plan(
    study: Study,
    profile: str,
    *,
    seeds: int | Sequence[int] | None = None,
    settings: Mapping[str, Any] | None = None,
    levels: Mapping[str, Sequence[Any]] | None = None,
    device: str = "cpu",
    code: Code = (),
) -> Plan:
    """Expands a study at a profile into a plan.

    `seeds` is the number of seeds, which count from 0, or the seeds themselves; None stands for the profile's number.
    `settings` override the base and the profile; levels and arms override them. `levels` has the levels of some factors
    that are planned; None stands for all. `code` is that of a study from outside this project. ConfigError for a
    setting that is unknown, out of range, or without effect, and for an unknown level.
    """
    settings = settings or {}
    factors = _chosen(study.factors_at(profile), levels or {}, profile)
    tuning = study.tuning_at(profile)
    setup = study.setup.replace({**study.profiles[profile].training, **settings})
    _check_pairs(study, setup, profile)
    study = _judged(study, setup)
    for name in settings:
        if name in factors:
            known = ", ".join(map(str, factors[name]))
            raise ConfigError(
                f"{name}: it is a factor at profile {profile!r} with the levels {known}; expected no value"
            )
        if all(name in arm.overrides for arm in study.arms.values()):
            raise ConfigError(
                f"{name}: every arm sets it, so a value for all arms would have no effect; expected another setting"
            )
        if tuning and name in tuning.space:
            tuned = ", ".join(tuning.space)
            raise ConfigError(
                f"{name}: the study tunes {tuned}, so a value would have no effect; expected another setting"
            )
    setups = [
        (arm, study.setup_of(arm, profile, settings, chosen)) for chosen in combinations(factors) for arm in study.arms
    ]
    _check_different(setups)
    if study.primary == ON_LONGER:
        _check_longer([own for _, own in setups])
    # Levels are read from the configurations, where 1 and 1.0 are the same value and give the same run.
    variants = tuple(Variant(arm, own.values_of(factors), replace(own, code=code), device) for arm, own in setups)
    factors = {name: tuple(dict.fromkeys(variant.levels[name] for variant in variants)) for name in factors}
    for name in settings:
        if not tuning and all(name in variant.setup.unread for variant in variants):
            raise ConfigError(
                f"{name}: with their other settings, no arm reads it, so a value would have no effect; expected "
                "another setting"
            )
    for variant in variants:
        check_space(variant.setup, tuning)
        check_compiler(variant.setup.model, device)
    seeds = study.profiles[profile].seeds if seeds is None else seeds
    numbers = tuple(range(seeds) if isinstance(seeds, int) else seeds)
    if tuning and max(numbers) >= FIRST_SEED:
        raise ConfigError(f"seed {max(numbers)}; expected one below {FIRST_SEED}, because tuning seeds start there")
    return Plan(study, profile, setup, factors, numbers, tuning, variants)


def _chosen(
    factors: Mapping[str, tuple[Any, ...]], levels: Mapping[str, Sequence[Any]], profile: str
) -> dict[str, tuple[Any, ...]]:
    """The factors with the chosen levels, in the order of the study."""
    for name, wanted in levels.items():
        if name not in factors:
            known = suggest(name, factors) if factors else "this profile has no factors"
            raise ConfigError(f"level of {name!r}: it is not a factor at profile {profile!r}; {known}")
        for level in wanted:
            if level not in factors[name]:
                known = ", ".join(map(format_setting, factors[name]))
                raise ConfigError(f"{name} has no level {format_setting(level)} at profile {profile!r}; known: {known}")
    return {name: tuple(one for one in every if one in levels.get(name, every)) for name, every in factors.items()}


def _judged(study: Study, setup: Setup) -> Study:
    """The study as it is judged on the data of this setup.

    On the user's own pairs, runs may never reach 99%. So the final accuracy takes the place of the steps to 99%, and
    the effect that means yes is reversed: fewer steps are a higher accuracy. A study of declared pairs keeps its
    metric.
    """
    if study.primary != "steps_to_99" or not setup.task.content or study.task.content:
        return study
    reversed_effects = {"lower": "higher", "higher": "lower", "different": "different"}
    decision = study.decision and replace(study.decision, yes=reversed_effects[study.decision.yes])
    return replace(study, primary="levenshtein_accuracy", decision=decision)


def _check_longer(setups: Sequence[Setup]) -> None:
    for setup in setups:
        if not setup.tests_longer:
            raise ConfigError(
                f"the study compares the exact match on sources longer than those of the training, but the longest of "
                f"test_lengths {list(setup.training.test_lengths)} is not longer than max_length "
                f"{setup.task.max_length}; expected a longer one"
            )


def _check_different(setups: Sequence[tuple[str, Setup]]) -> None:
    """ConfigError if two arms have equal setups at every combination of levels."""
    of_arm: dict[str, list[Setup]] = {}
    for arm, setup in setups:
        of_arm.setdefault(arm, []).append(setup)
    for one, other in itertools.combinations(of_arm, 2):
        if of_arm[one] == of_arm[other]:
            raise ConfigError(
                f"arms {one!r} and {other!r}: all settings of the one are those of the other; expected arms that differ"
            )


def _check_pairs(study: Study, setup: Setup, profile: str) -> None:
    """ConfigError if a study that needs drawn sources is run on pairs from files."""
    if not setup.task.content:
        return
    if study.primary == ON_LONGER:
        raise ConfigError(
            "the study compares the exact match on sources longer than those of the training, and pairs have the "
            "lengths of their data; expected another study"
        )
    if "task" in study.factors_at(profile):
        raise ConfigError(
            f"task: it is a factor at profile {profile!r}, and pairs are a task of their own; expected another study"
        )
    check_test_lengths(setup.task, setup.training)
    if study.published or any(arm.slips for arm in study.arms.values()):
        raise ConfigError(
            "the study repeats published values of another task, which its data cannot be compared with; expected "
            "a study without published values"
        )
    for name in SIZES:
        if name in study.factors_at(profile):
            raise ConfigError(
                f"{name}: it is a factor at profile {profile!r}, and pairs have the lengths of their data; expected "
                "another profile or study"
            )
