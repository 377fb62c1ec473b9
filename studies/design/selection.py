"""The arms that a command runs: all or some of a study's arms, and arms of its own.

A comparison is left out with its arms. An arm of the command is compared with the baseline. If the baseline is left
out, the first remaining arm takes its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from seq2seq_core.config import ConfigError, suggest
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Study


def select_arms(study: Study, names: Collection[str], added: Mapping[str, Mapping[str, Any]]) -> Study:
    """The study with the arms of these names, in its own order, and then the added ones (name -> settings).

    No names stand for all arms. ConfigError for an unknown name, and for an added arm that the study refuses.
    """
    for name in names:
        if name not in study.arms:
            raise ConfigError(f"unknown arm {name!r}; {suggest(name, study.arms)}")
    for name in added:
        if name in study.arms:
            raise ConfigError(f"arm {name!r}: the study has an arm of this name; expected another name")
    if not added and set(names) in (set(), set(study.arms)):
        return study
    arms = {name: arm for name, arm in study.arms.items() if not names or name in names}
    baseline = study.baseline if study.baseline in arms else next(iter(arms))
    contrasts = tuple(one for one in study.contrasts if {one.arm, one.against} <= arms.keys())
    switches = tuple(one for one in study.switches if all({*pair} <= arms.keys() for pair in one.pairs))
    if contrasts or switches:  # without any, every arm is compared with the baseline
        contrasts += tuple(Contrast(name, baseline, f"{name} against {baseline}") for name in added)
    selected = dataclasses.replace(
        study,
        arms={**arms, **{name: Arm(**settings) for name, settings in added.items()}},
        baseline=baseline,
        contrasts=contrasts,
        switches=switches,
        profiles={name: dataclasses.replace(profile, arms=()) for name, profile in study.profiles.items()},
        published=tuple(point for point in study.published if point.arm is None or point.arm in arms),
        decision=None,
    )
    return dataclasses.replace(selected, decision=_decision(study, selected)) if study.decision else selected


def _decision(study: Study, selected: Study) -> Decision:
    """The decision of the study, without the comparisons and the words of what is left out."""
    assert study.decision
    labels = selected.comparison_labels
    gone = {*study.arms, *study.comparison_labels} - {*selected.arms, *labels}
    declared = study.decision.comparisons
    return dataclasses.replace(
        study.decision,
        comparisons=tuple(label for label in declared if label in labels),
        phrases={name: words for name, words in study.decision.phrases.items() if name not in gone},
        left_out=tuple(label for label in declared if label not in labels),
    )
