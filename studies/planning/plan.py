"""From a study to its runs: which there are, in which order, and which of them can be known by now.

A study that is not tuned has all its runs from the beginning. In one that is tuned, what a tuning run came to decides
what the next one tries, and the best of an arm's trials decides what the arm is reported with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seq2seq_core.config import ConfigError
from seq2seq_core.config.device import check_compiler
from studies.design.setup import Setup
from studies.design.study import Study, check_space, combinations
from studies.design.tuning import FIRST_SEED, Tuning
from studies.planning.run import Run
from studies.planning.run_rows import Rows
from studies.planning.trials import Tried, Variant, chosen, follow

__all__ = ["Plan", "Run", "plan"]


@dataclass(frozen=True)
class Plan:
    """A study at one profile, with the reader's settings."""

    study: Study
    profile: str
    setup: Setup
    """The base that the arms start from."""
    factors: Mapping[str, tuple[Any, ...]]
    seeds: tuple[int, ...]
    tuning: Tuning | None
    variants: tuple[Variant, ...]
    """Every arm at every combination of levels, arms fastest."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that are known from the beginning: of a study that is not tuned, all."""
        return tuple(self.known({}))

    @property
    def size(self) -> int:
        """How many runs it may come to; fewer if a trial is given up before its last seed, or an arm altogether."""
        tuning = self.tuning.trials_per_arm * self.tuning.seeds if self.tuning else 0
        return len(self.variants) * (tuning + len(self.seeds))

    def tuned(self, settled: Mapping[str, Rows]) -> list[tuple[list[Tried], Tried | None]]:
        """For each variant its trials as far as they are known, and the one that is chosen, once it can be."""
        if self.tuning is None:
            return []
        trials = self.tuning.trials_per_arm
        chains = [follow(variant, self.tuning.search, self.study.primary, trials, settled) for variant in self.variants]
        return [(chain, chosen(chain, trials)) for chain in chains]

    def known(self, settled: Mapping[str, Rows]) -> list[Run]:
        """Every run that can be known by now: tuning runs, then those that are reported, in the order of the tables.

        `settled` holds the rows of settled runs by id. Once all that is known is settled, there is nothing left to do.
        """
        chosen: list[Mapping[str, Any] | None] = [{} for _ in self.variants]
        tuning = []
        if self.tuning:
            tuned = self.tuned(settled)
            chosen = [best.settings if best else None for _, best in tuned]
            tuning = [run for chain, _ in tuned for tried in chain for run in tried.runs]
        # Seeds vary slowest: a study that is cut off has all arms at its first seeds, not all seeds of its first arm.
        return tuning + [
            variant.run(seed, settings)
            for seed in self.seeds
            for variant, settings in zip(self.variants, chosen, strict=True)
            if settings is not None
        ]


def plan(
    study: Study,
    profile: str,
    *,
    seeds: int | None = None,
    settings: Mapping[str, Any] | None = None,
    device: str = "cpu",
) -> Plan:
    """Expands a study. `seeds` replaces the profile's number, `settings` go over the base and the profile and under the
    levels and the arms. ConfigError for a setting that is unknown, out of range, or would have no effect."""
    settings = settings or {}
    factors = study.factors_at(profile)
    tuning = study.tuning_at(profile)
    setup = study.setup.replace({**study.profiles[profile].training, **settings})
    for name in settings:
        if name in factors:
            raise ConfigError(
                f"{name}: it is a factor at profile {profile!r}, so its levels are {factors[name]}, not yours"
            )
        if all(name in arm.overrides for arm in study.arms.values()):
            raise ConfigError(f"{name}: every arm sets its own, so yours would have no effect")
        if tuning and name in tuning.space:
            raise ConfigError(f"{name}: it is tuned, so yours would have no effect")
    setups = [
        (arm, study.setup_of(arm, profile, settings, levels)) for levels in combinations(factors) for arm in study.arms
    ]
    # A level is what the configuration makes of it: 1 and 1.0 are one level, and one run.
    variants = tuple(Variant(arm, own.values_of(factors), own, device) for arm, own in setups)
    factors = {name: tuple(dict.fromkeys(variant.levels[name] for variant in variants)) for name in factors}
    for variant in variants:
        check_space(variant.setup, tuning)
        check_compiler(variant.setup.model, device)
    numbers = range(study.profiles[profile].seeds if seeds is None else seeds)
    if tuning and len(numbers) > FIRST_SEED:
        raise ConfigError(f"{len(numbers)} seeds; expected at most {FIRST_SEED}: those from there on are the tuning's")
    return Plan(study, profile, setup, factors, tuple(numbers), tuning, variants)
