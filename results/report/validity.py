"""What a report says of the rule for a real difference, from studies whose truth was known."""

from __future__ import annotations

import pandas as pd

from results import figures
from results.analysis import formatting
from results.page.elements import Answer, Picture, Section, Table
from results.statistics import ALPHA, LEVEL, Interval, proportion

EQUALS = {True: 3, False: 2}
"""How many of a study's comparisons are of equals: all, or all but the one with the effect."""


def validity_answer(validity: pd.DataFrame) -> Answer:
    rates = {
        str(name): _rate(rows["false_alarms"].sum(), rows["draws"].sum())
        for name, rows in validity.groupby("scenario", sort=False)
    }
    worst = max(rates, key=lambda name: rates[name].estimate)
    alarms = _rate(validity["false_alarms"].sum(), validity["draws"].sum())
    studies = formatting.plural(int(validity["draws"].sum()), "study")
    above = [_place(row) for _, row in validity.iterrows() if _rate(row["false_alarms"], row["draws"]).low > ALPHA]
    return Answer(
        question="How often does the rule for a real difference call equals different, and what does it find?",
        verdict=f"An equal was called different in {_percent(alarms)} of {studies} of known "
        f"truth, and in {_percent(rates[worst])} where most often ({worst}); in "
        f"{len(above) or 'none'} of {formatting.plural(len(validity), 'kind')} was it shown to be above the "
        f"{ALPHA:.0%} that are claimed{f' ({formatting.listed(above)})' if above else ''}.",
        table=_found(validity.dropna(subset="found")),
        points=[],
    )


def validity_section(validity: pd.DataFrame) -> Section:
    header = ["scenario", "effect", "seeds", "studies", "false alarms", "intervals that miss", "found"]
    rows = [_row(row) for _, row in validity.iterrows()]
    return Section(
        title="Validity of the rule",
        paragraphs=[
            "Each study has a baseline and three arms, of which at most one differs from it; it is drawn at random and "
            "judged by the code that judges real studies, as a family of three comparisons. Effects on accuracies are "
            "in standard deviations of a run's luck, those on steps are ratios. Accuracies are normal, skewed, mostly "
            "at a ceiling of 1, or of two kinds, 0.99 or 0.6; steps are lognormal, with no run, a third or nine in ten "
            "of them censored."
        ],
        tables=[
            Table(
                title="False alarms and power",
                note="False alarms: studies in which an equal was called different. Intervals that miss: of the "
                f"equals' {LEVEL:.0%} intervals, those that exclude no difference, before the test and any correction; "
                "of few seeds a bootstrap's are too narrow, which is why no verdict rests on them alone. Found: "
                "studies in which the arm with the effect was called what it is.",
                header=header,
                rows=rows,
                source="validity.csv",
            )
        ],
        pictures=[
            Picture(
                name="validity",
                title="False alarms, and what is found",
                caption="First the share of studies in which an equal was called different where nothing differs, "
                f"with its exact 95% interval; the dotted line is at the {ALPHA:.0%} that are claimed. Then, scenario "
                "by scenario, the share in which the effect was found, by the number of seeds.",
                alt="Chart of the rate of false alarms in each scenario, and line chart of the power against the "
                "number of seeds.",
                source="validity.csv",
                figure=figures.validity(validity),
                header=header,
                rows=rows,
            )
        ],
    )


def _row(row: pd.Series[float]) -> list[str]:
    equals = EQUALS[bool(pd.isna(row["found"]))] * row["draws"]
    return [
        str(row["scenario"]),
        f"{row['effect']:g}",
        str(row["seeds"]),
        f"{row['draws']:,}",
        _percent(_rate(row["false_alarms"], row["draws"])),
        _percent(_rate(row["intervals_missed"], equals)),
        "-" if pd.isna(row["found"]) else _percent(_rate(row["found"], row["draws"])),
    ]


def _found(effects: pd.DataFrame) -> Table:
    """How often an effect was found, a column for each number of seeds."""
    seeds = sorted(effects["seeds"].unique())
    of_kind = [(row["scenario"], row["effect"], row["seeds"]) for _, row in effects.iterrows()]
    shares = dict(zip(of_kind, map("{:.0%}".format, effects["found"] / effects["draws"]), strict=True))
    return Table(
        title="What is found",
        note="The share of studies in which the effect was found; effects on accuracies are in standard deviations of "
        "a run's luck, those on steps are ratios.",
        header=["scenario", "effect", *(f"n = {n}" for n in seeds)],
        rows=[
            [str(scenario), f"{effect:g}", *(shares.get((scenario, effect, n), "-") for n in seeds)]
            for scenario, effect in dict.fromkeys(kind[:2] for kind in of_kind)
        ],
        source="validity.csv",
    )


def _place(row: pd.Series[float]) -> str:
    return f"{row['scenario']}, effect {row['effect']:g}, n = {row['seeds']}"


def _rate(count: float, n: float) -> Interval:
    return proportion(int(count), int(n))


def _percent(rate: Interval) -> str:
    return f"{rate.estimate:.1%} [{rate.low:.1%}, {rate.high:.1%}]"
