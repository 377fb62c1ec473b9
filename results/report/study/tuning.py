"""A sentence on the tuning, and its section: budget, search space, chosen settings, trials near the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from results import figures
from results.analysis import formatting
from results.analysis.study.comparisons import declared_comparisons
from results.analysis.study.factor_levels import name_at_levels
from results.analysis.study.tuning import END, NEAR, ArmTuning, at_an_end, summarise_tuning, trials_of
from results.errors import InputError
from results.figures.arm_panels import plan_panels
from results.page.elements import Figure, Section, Table
from results.report.study.answer.table import MOST_ROWS
from results.tables.study_schema import searched_in
from results.text import format_setting

_MOST_VALUES = 8
"""The most values of a setting that a sentence lists."""


def tuned_sentence(settings: Mapping[str, Any]) -> str:
    """Whether the arms are tuned, and if not, their learning rates."""
    if "tuning" in settings:
        searched = formatting.listed(list(settings["tuning"]["space"]))
        if settings["tuning"]["trials_per_arm"] == 1:
            return f"Not tuned: each arm has the {searched} of a single trial, which may suit one better than another."
        trials = formatting.plural(settings["tuning"]["trials_per_arm"], "trial")
        return f"Tuned: each arm chose its own {searched} in {trials}; the runs that are compared have other seeds."
    base = settings["training"]["learning_rate"]
    at_levels = [at.get("settings", {}).get("learning_rate", base) for at in settings.get("at_levels", [])]
    rates = [*dict.fromkeys(settings["factors"].get("learning_rate", at_levels or [base]))]
    rate = " or ".join(map(str, rates)) + ", by the level" * (len(rates) > 1)
    own = [f"{arm}: {one['learning_rate']}" for arm, one in settings["arms"].items() if "learning_rate" in one]
    what = f"all arms have the learning rate {rate}"
    if own:
        what = f"the learning rate of the arms is {rate} ({', '.join(own)})"
    return f"Not tuned: {what}, which may suit one better than another."


def tuning_section(tuning: pd.DataFrame, settings: Mapping[str, Any]) -> Section:
    """Raises InputError if the rows do not match the tuning that the provenance declares."""
    declared = settings.get("tuning", {"space": {}})
    if set(searched_in(list(tuning.columns))) != set(declared["space"]) or set(tuning["arm"]) - set(settings["arms"]):
        raise InputError(
            "tuning.csv: rows of another tuning than that of provenance.json (parts.study.settings.tuning); expected "
            "the same"
        )
    for setting, drawn_from in declared["space"].items():
        low, high = drawn_from["attributes"].get("low"), drawn_from["attributes"].get("high")
        if low is not None and not (is_numeric_dtype(tuning[setting]) and tuning[setting].between(low, high).all()):
            raise InputError(
                f"tuning.csv: a {setting} outside {low:g} to {high:g}; expected a value of the search space"
            )
    trials = trials_of(tuning)
    arms = summarise_tuning(trials, settings)
    space = declared["space"]
    plan = plan_panels(trials, [pair for one in declared_comparisons(settings) for pair in one.pairs])
    return Section(
        title="Tuning",
        paragraphs=[
            _how(declared, settings),
            f"Chosen: {declared['rule']}.",
            *_same_values(arms, space),
            *_ends_of_tried(arms, space, settings["baseline"]),
            *_cautions(arms, space),
        ],
        tables=[_budget_table(arms, declared["trials_per_arm"]), _choice_table(arms, space)],
        figures=[
            Figure(
                name="tuning",
                title="Sensitivity of the arms",
                caption="The value of every trial, as the rule above defines it, against each searched setting. "
                "Filled: completed; hollow: pruned, at its last value; cross: diverged or failed; ring: chosen. The "
                "axes show the complete search space."
                f"{plan.caption}",
                alt=f"Chart of the value of tuning trials against {formatting.listed(list(space))} for "
                f"{formatting.listed(list(settings['arms']))}.",
                source="tuning.csv",
                drawing=figures.tuning_values(trials, space, plan),
                header=[*arms[0].levels, "arm", "trial", *space, "value", "outcome", "chosen"],
                rows=_trial_rows(arms, space),
            )
        ],
    )


def _how(declared: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    space = [f"{name} {_range(drawn_from['attributes'])}" for name, drawn_from in declared["space"].items()]
    seeds = declared["seeds"]
    trained_with = f"the seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"the seed {seeds[0]}"
    budget = formatting.plural(declared["trials_per_arm"], "trial")
    return (
        "Every arm searched its own settings with the same budget: "
        f"{budget}{' at each combination of levels' if settings['factors'] else ''}, each trained with "
        f"{trained_with}. Searched: {formatting.listed(space)}. Sampler: {declared['sampler']}; pruner: "
        f"{declared['pruner']}. The chosen settings were then trained again with the reported seeds, which tuning "
        "does not use, and without pruning."
    )


def _range(attributes: Mapping[str, Any]) -> str:
    if "choices" in attributes:
        return f"among {', '.join(map(format_setting, attributes['choices']))}"
    return f"from {attributes['low']:g} to {attributes['high']:g}{' on a logarithmic scale' * attributes['log']}"


def _same_values(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> list[str]:
    """Where all arms tried the same few values of a setting that is a number: these values."""
    sentences = []
    for setting in [name for name, drawn_from in space.items() if "choices" not in drawn_from["attributes"]]:
        tried = {tuple(sorted(set(arm.trials[setting]))) for arm in arms}
        values = min(tried)
        if len(tried) == 1 and 1 < len(values) <= _MOST_VALUES:
            listed = formatting.listed([*map(formatting.rounded, values)])
            sentences.append(f"All arms tried the same values of {setting}: {listed}.")
    return sentences


def _ends_of_tried(arms: Sequence[ArmTuning], space: Mapping[str, Any], baseline: str) -> list[str]:
    """How often an end of the values that an arm tried is chosen, for each setting that is a number."""
    sentences = []
    for setting in [name for name, drawn_from in space.items() if "choices" not in drawn_from["attributes"]]:
        chosen = [(arm, arm.chosen[setting]) for arm in arms if arm.chosen is not None]
        several = [(arm, value) for arm, value in chosen if arm.trials[setting].nunique() > 1]
        if not several:
            continue
        ends = [[arm.arm for arm, value in several if value == end(arm.trials[setting])] for end in (max, min)]
        largest, smallest = map(len, ends)
        if largest + smallest == 0:
            continue
        of_baseline = [names.count(baseline) for names in ends]
        of_baseline_all = sum(arm.arm == baseline for arm, _ in several)
        by_chance = sum(1 / arm.trials[setting].nunique() for arm, _ in several)
        sentences.append(
            f"Of {formatting.plural(len(several), 'choice')} of {setting}, {largest} are the largest and {smallest} "
            f"the smallest of the values that the arm tried; by chance it would be {by_chance:.2g} each. The arm "
            f"{baseline} chose the largest in {of_baseline[0]} of {formatting.plural(of_baseline_all, 'choice')}, the "
            f"smallest in {of_baseline[1]}."
        )
    return sentences


def _cautions(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> list[str]:
    """Warnings: choices at an end of their range, and arms without a choice."""
    ends = [
        f"{name_at_levels(arm.arm, arm.levels)} ({setting} = {_value(arm.chosen[setting])})"
        for arm in arms
        for setting, drawn_from in space.items()
        if arm.chosen is not None and at_an_end(arm.chosen[setting], drawn_from["attributes"])
    ]
    lost = [name_at_levels(arm.arm, arm.levels) for arm in arms if arm.chosen is None]
    cautions = []
    if ends:
        cautions.append(
            f"The chosen value is at an end of its range (the outer {END:.0%}) for {formatting.listed(ends)}: better "
            "values may lie outside the range."
        )
    if lost:
        cautions.append(
            f"Nothing is chosen for {formatting.listed(lost)}: trials are unfinished, or none was completed. The "
            "runs that need the choice are missing."
        )
    return cautions


def _budget_table(arms: Sequence[ArmTuning], budget: int) -> Table:
    outcomes = ("done", "pruned", "diverged", "failed")
    return Table(
        title="Budget of each arm",
        note=f"The {budget} trials by outcome, and the total of their epochs.",
        header=[*arms[0].levels, "arm", *outcomes, "epochs"],
        rows=[
            [*map(str, arm.levels.values()), arm.arm, *(str(arm.count(outcome)) for outcome in outcomes),
             f"{arm.trials['epochs'].sum():,}"]
            for arm in arms
        ],
        source="tuning.csv",
        folded=len(arms) > MOST_ROWS,
    )  # fmt: skip


def _choice_table(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> Table:
    return Table(
        title="Chosen settings, and trials near the best",
        note=f"Near the best: completed trials with a value within {NEAR:g} of the highest, and the range of their "
        "settings. The wider the range, the less the choice matters. A trial is one or a few runs, so values have "
        "noise.",
        header=[*arms[0].levels, "arm", *space, "value", "near the best", *(f"{name} of those" for name in space)],
        rows=[
            [*map(str, arm.levels.values()), arm.arm, *_choice(arm, space), f"{len(arm.near)} of {arm.count('done')}",
             *(_span(arm.near[name]) for name in space)]
            for arm in arms
        ],
        source="tuning.csv",
        folded=len(arms) > MOST_ROWS,
    )  # fmt: skip


def _choice(arm: ArmTuning, space: Mapping[str, Any]) -> list[str]:
    if arm.chosen is None:
        return ["-"] * (len(space) + 1)
    return [*(_value(arm.chosen[name]) for name in space), f"{arm.chosen['value']:.4f}"]


def _trial_rows(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> list[list[str]]:
    return [
        [*map(str, arm.levels.values()), arm.arm, str(trial["trial"]), *(_value(trial[name]) for name in space),
         "-" if pd.isna(trial["value"]) else f"{trial['value']:.4f}", trial["outcome"],
         "chosen" if trial["chosen"] else "-"]
        for arm in arms
        for _, trial in arm.trials.iterrows()
    ]  # fmt: skip


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, Real) else str(value)


def _span(values: pd.Series[Any]) -> str:
    """`0.001 to 0.004` for numbers, the distinct values for texts."""
    if values.dtype == "str":
        return ", ".join(sorted(set(values)))
    return " to ".join(dict.fromkeys(_value(end) for end in (values.min(), values.max()))) if len(values) else "-"
