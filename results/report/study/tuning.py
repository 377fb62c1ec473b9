"""What a report says of a tuning: the budget, what was searched and how, what was chosen, and how much that matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from results import figures
from results.analysis import formatting
from results.analysis.factor_levels import label
from results.analysis.tuning import END, NEAR, ArmTuning, at_an_end, summarise_tuning, trials_of
from results.page.elements import Picture, Section, Table
from results.tables.atomic_write import InputError
from results.tables.column import spelt
from results.tables.study_schema import searched_in


def tuning_section(tuning: pd.DataFrame, settings: Mapping[str, Any]) -> Section:
    """Raises InputError where the provenance does not speak of what made the rows."""
    declared = settings.get("tuning", {"space": {}})
    if set(searched_in(list(tuning.columns))) != set(declared["space"]) or set(tuning["arm"]) - set(settings["arms"]):
        raise InputError(
            "tuning.csv: not of the tuning in provenance.json (parts.study.settings.tuning); expected both"
        )
    for setting, drawn_from in declared["space"].items():
        low, high = drawn_from["attributes"].get("low"), drawn_from["attributes"].get("high")
        if low is not None and not (is_numeric_dtype(tuning[setting]) and tuning[setting].between(low, high).all()):
            raise InputError(f"tuning.csv: a {setting} outside {low:g} to {high:g}; expected what was searched")
    trials = trials_of(tuning)
    arms = summarise_tuning(trials, settings)
    space = declared["space"]
    return Section(
        title="Tuning",
        paragraphs=[_how(declared, settings), f"Chosen: {declared['rule']}.", *_cautions(arms, space)],
        tables=[_budget_table(arms, declared["trials_per_arm"]), _choice_table(arms, space)],
        pictures=[
            Picture(
                name="tuning",
                title="How sensitive the arms are",
                caption="The value of every trial, by what it was trained with. Filled: completed; hollow: pruned, at "
                "the value that it had come to; cross: diverged or failed; ringed: chosen. The axes show the whole of "
                "what was searched.",
                alt=f"Chart of the value of tuning trials against {formatting.listed(list(space))} for "
                f"{formatting.listed(list(settings['arms']))}.",
                source="tuning.csv",
                figure=figures.tuning_values(trials, space),
                header=[*arms[0].levels, "arm", "trial", *space, "value", "outcome", "chosen"],
                rows=_trial_rows(arms, space),
            )
        ],
    )


def _how(declared: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    space = [f"{name} {_range(drawn_from['attributes'])}" for name, drawn_from in declared["space"].items()]
    seeds = declared["seeds"]
    trained = f"the seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"the seed {seeds[0]}"
    budget = formatting.plural(declared["trials_per_arm"], "trial")
    return (
        f"Every arm searched its own settings with the same budget: {budget}"
        f"{' at each combination of levels' if settings['factors'] else ''}, each trained with {trained}. Searched: "
        f"{formatting.listed(space)}. Sampler: {declared['sampler']}; pruner: {declared['pruner']}. What was chosen was "
        "then trained anew with the reported seeds, none of which tuning had seen, and without pruning."
    )


def _range(attributes: Mapping[str, Any]) -> str:
    if "choices" in attributes:
        return f"among {', '.join(map(spelt, attributes['choices']))}"
    return f"from {attributes['low']:g} to {attributes['high']:g}{' on a logarithmic scale' * attributes['log']}"


def _cautions(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> list[str]:
    """What a reader might otherwise overlook."""
    ends = [
        f"{_name(arm)} ({setting} = {_value(arm.chosen[setting])})"
        for arm in arms
        for setting, drawn_from in space.items()
        if arm.chosen is not None and at_an_end(arm.chosen[setting], drawn_from["attributes"])
    ]
    lost = [_name(arm) for arm in arms if arm.chosen is None]
    said = []
    if ends:
        said.append(
            f"What was chosen lies at an end of its range (the outer {END:.0%}) for {formatting.listed(ends)}: something "
            "better may lie beyond."
        )
    if lost:
        said.append(
            f"Nothing was chosen for {formatting.listed(lost)}: not all of the trials are through, or none was completed. "
            "Runs with a choice that was not made are missing."
        )
    return said


def _budget_table(arms: Sequence[ArmTuning], budget: int) -> Table:
    outcomes = ("done", "pruned", "diverged", "failed")
    return Table(
        title="What each arm was given",
        note=f"Trials of {budget}, by what became of them, and the epochs that they took altogether.",
        header=[*arms[0].levels, "arm", *outcomes, "epochs"],
        rows=[
            [*map(str, arm.levels.values()), arm.arm, *(str(arm.count(outcome)) for outcome in outcomes),
             f"{arm.trials['epochs'].sum():,}"]
            for arm in arms
        ],
        source="tuning.csv",
    )  # fmt: skip


def _choice_table(arms: Sequence[ArmTuning], space: Mapping[str, Any]) -> Table:
    return Table(
        title="What was chosen, and how much it matters",
        note=f"Near the best: completed trials with a value within {NEAR:g} of the highest, and what they were trained "
        "with. The wider that is, the less the choice matters. One trial is one or a few runs: values have noise.",
        header=[*arms[0].levels, "arm", *space, "value", "near the best", *(f"{name} of those" for name in space)],
        rows=[
            [*map(str, arm.levels.values()), arm.arm, *_choice(arm, space), f"{len(arm.near)} of {arm.count('done')}",
             *(_span(arm.near[name]) for name in space)]
            for arm in arms
        ],
        source="tuning.csv",
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


def _name(arm: ArmTuning) -> str:
    return " at ".join(filter(None, [arm.arm, label(arm.levels)]))


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, Real) else str(value)


def _span(values: pd.Series[Any]) -> str:
    """`0.001 to 0.004` of numbers, the different ones of texts."""
    if values.dtype == "str":
        return ", ".join(sorted(set(values)))
    return " to ".join(dict.fromkeys(_value(end) for end in (values.min(), values.max()))) if len(values) else "-"
