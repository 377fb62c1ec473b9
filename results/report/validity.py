"""The answer and the section on the rule for verdicts, from simulated studies whose truth is known."""

from __future__ import annotations

import pandas as pd

from results import figures
from results.analysis import formatting
from results.page.elements import Answer, Figure, Section, Table
from results.statistics import ALPHA, LEVEL, Interval, proportion

EQUALS = {True: 3, False: 2}
"""Whether no arm has an effect -> how many of the three comparisons, at the first level, are of equal arms."""

_LATER_SCENARIOS = {
    "solved runs stop": "In three scenarios, a run ends once it is solved, one evaluation after it reaches 99%. Two of "
    "them have two levels with budgets of 1,000 and 4,000 steps: with the former all runs reach 99%, with the latter "
    "one in three; with an effect of 8, no run of one arm does. In the last scenario, two in three runs end between "
    "99% and 100%.",
    "time to 99%": "In the scenarios of the time to 99%, a training step of every arm is timed in 10 or 50 rounds with "
    "noise of 10%, and of 30% in one round of ten. The interval is that of the ratio of steps times the ratio of the "
    "times of a step, which is 0.7; the verdicts are those on the steps.",
}
"""Words in the names of scenarios that rows of an earlier version lack -> what is drawn."""


def validity_answer(validity: pd.DataFrame) -> Answer:
    """Yes if no kind of study, and not the total, is shown to have more false alarms than the nominal level, and the
    interval of the total is below it; no if one is shown to have more; otherwise not shown."""
    rates = {
        str(name): _rate(rows["false_alarms"].sum(), rows["draws"].sum())
        for name, rows in validity.groupby("scenario", sort=False)
    }
    worst = max(rates, key=lambda name: rates[name].estimate)
    alarms = _rate(validity["false_alarms"].sum(), validity["draws"].sum())
    studies = formatting.plural(int(validity["draws"].sum()), "study")
    worst_kind = max(
        (_rate(alarms, draws) for alarms, draws in zip(validity["false_alarms"], validity["draws"], strict=True)),
        key=lambda rate: rate.estimate,
    )
    above = [_kind(row) for _, row in validity.iterrows() if _rate(row["false_alarms"], row["draws"]).low > ALPHA]
    return Answer(
        question=f"Does the rule for verdicts call equal arms different in at most {ALPHA:.0%} of studies?",
        word="No" if above or alarms.low > ALPHA else "Yes" if alarms.high <= ALPHA else "Not shown",
        text=f"Equal arms are called different in {formatting.percent(alarms)} of {studies} whose truth is known, "
        f"and in {formatting.percent(rates[worst])} of the worst scenario ({worst}); the rate is shown to be above "
        f"the nominal {ALPHA:.0%} in {len(above) or 'none'} of "
        f"{formatting.plural(len(validity), 'kind')}{f' ({formatting.listed(above)})' if above else ''}.",
        basis="Simulated: no model is trained. A kind is a scenario with an effect and a number of seeds n; there are "
        f"{formatting.counted(validity['draws'].tolist(), 'study')} of each. The highest rate of a kind is "
        f"{formatting.percent(worst_kind)}.",
        figure=_false_alarms_figure(validity),
        table=None,
        points=[],
    )


def validity_section(validity: pd.DataFrame) -> Section:
    header = ["scenario", "effect", "seeds", "studies", "false alarms", "intervals that miss", "power"]
    rows = [_row(row) for _, row in validity.iterrows()]
    effects = validity.dropna(subset="found")
    power_header, power_rows = _power(effects)
    return Section(
        title="Validity of the rule",
        paragraphs=[
            "Each study has a baseline and three arms, of which at most one differs from the baseline. It is drawn "
            "at random and tested by the code that tests real studies, as a family of three comparisons. Effects on "
            "accuracies are in standard deviations of a run's noise, effects on steps are ratios. Accuracies are "
            "normal, skewed, mostly at a ceiling of 1, or bimodal (0.99 or 0.6); steps are lognormal, with no run, "
            "a third or nine in ten of the runs censored.",
            "In four scenarios, comparisons are not testable: nearly all accuracies are 1; no run of an equal arm "
            "reaches 99%; and the same at a second level of the study, which adds three comparisons of equal arms to "
            "the family.",
            *(text for words, text in _LATER_SCENARIOS.items() if validity["scenario"].str.contains(words).any()),
        ],
        tables=[
            Table(
                title="Every kind of study",
                note="False alarms: studies in which an arm equal to the baseline has a verdict of higher or lower. "
                f"Intervals that miss: {LEVEL:.0%} intervals of equal arms (of two levels, the first) that exclude 0 "
                "(a ratio: 1), before the test and any correction; with few seeds bootstrap intervals are too narrow, "
                "so no verdict rests on them alone. Power: studies in which the arm with the effect has the right "
                "verdict.",
                header=header,
                rows=rows,
                source="validity.csv",
                folded=True,
            )
        ],
        figures=[
            Figure(
                name="power",
                title="Power",
                caption="The fraction of studies in which the effect is found, by the number of seeds, with its exact "
                "95% interval; a panel for each scenario. SD: standard deviations of a run's noise; "
                "\N{MULTIPLICATION SIGN}: ratio of steps.",
                alt="Line charts of the power against the number of seeds in each scenario.",
                source="validity.csv",
                drawing=figures.power(effects),
                header=power_header,
                rows=power_rows,
            )
        ]
        if len(effects)
        else [],
    )


def _row(row: pd.Series[float]) -> list[str]:
    equal_arms = EQUALS[bool(pd.isna(row["found"]))] * row["draws"]
    return [
        str(row["scenario"]),
        f"{row['effect']:g}",
        str(row["seeds"]),
        f"{row['draws']:,}",
        formatting.percent(_rate(row["false_alarms"], row["draws"])),
        formatting.percent(_rate(row["intervals_missed"], equal_arms)),
        "-" if pd.isna(row["found"]) else formatting.percent(_rate(row["found"], row["draws"])),
    ]


def _false_alarms_figure(validity: pd.DataFrame) -> Figure | None:
    """None without a kind of study in which nothing differs."""
    equals = validity[validity["found"].isna()]
    if not len(equals):
        return None
    header, rows = _by_seeds(equals, "false_alarms", ["scenario"])
    return Figure(
        name="false_alarms",
        title="False alarms",
        caption="The fraction of studies in which an arm equal to the baseline has a verdict of higher or lower, if "
        f"nothing differs, with its exact 95% interval. The dotted line is at the nominal {ALPHA:.0%}. Scenarios in "
        "which few comparisons are testable have few false alarms.",
        alt="Chart of the rate of false alarms in each scenario.",
        source="validity.csv",
        drawing=figures.false_alarms(equals),
        header=header,
        rows=rows,
    )


def _power(effects: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """A header and a row for each effect, a column for each number of seeds."""
    return _by_seeds(effects, "found", ["scenario", "effect"])


def _by_seeds(kinds: pd.DataFrame, counted: str, names: list[str]) -> tuple[list[str], list[list[str]]]:
    """A header, and a row for each value of `names`, with the rates of a count by the number of seeds."""
    seeds = sorted(kinds["seeds"].unique())
    lines = []
    for _, rows in kinds.groupby(names, sort=False):
        rates = {row["seeds"]: formatting.percent(_rate(row[counted], row["draws"])) for _, row in rows.iterrows()}
        values = [str(value) if isinstance(value, str) else f"{value:g}" for value in rows.iloc[0][names]]
        lines.append([*values, *(rates.get(n, "-") for n in seeds)])
    return [*names, *(f"n = {n}" for n in seeds)], lines


def _kind(row: pd.Series[float]) -> str:
    return f"{row['scenario']}, effect {row['effect']:g}, n = {row['seeds']}"


def _rate(count: float, n: float) -> Interval:
    return proportion(int(count), int(n))
