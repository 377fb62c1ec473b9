"""What a report says of the rule for a real difference, from studies whose truth was known."""

from __future__ import annotations

import pandas as pd

from results import figures, wording
from results.page import Answer, Picture, Section, Table
from results.statistics import ALPHA, LEVEL, Interval, proportion

EQUALS = {True: 3, False: 2}
"""How many of a study's comparisons are of equals: all, or all but the one with the effect."""


def validity_answer(validity: pd.DataFrame) -> Answer:
    alarms = _rate(validity["false_alarms"].sum(), validity["draws"].sum())
    by_scenario = validity.groupby("scenario", sort=False)[["false_alarms", "draws"]].sum()
    worst = str((by_scenario["false_alarms"] / by_scenario["draws"]).idxmax())
    worst_rate = _rate(*by_scenario.loc[worst])
    above = [_place(row) for _, row in validity.iterrows() if _rate(row["false_alarms"], row["draws"]).low > ALPHA]
    shown = f"shown to be above the {ALPHA:.0%} that are claimed in {wording.listed(above) or 'no kind of them'}"
    return Answer(
        question="How often does the rule for a real difference call equals different, and what does it find?",
        verdicts=[
            f"In {validity['draws'].sum():,} studies of known truth, of {len(validity)} kinds, an equal was called "
            f"different in {_percent(alarms)}, and in {_percent(worst_rate)} where most often ({worst}); {shown}."
        ],
        points=[
            _power(str(name), rows) for name, rows in validity.dropna(subset="found").groupby("scenario", sort=False)
        ],
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


def _power(scenario: str, rows: pd.DataFrame) -> str:
    each = [
        f"{effect:g}: "
        + ", ".join(f"{row['found'] / row['draws']:.0%} (n = {row['seeds']})" for _, row in of.iterrows())
        for effect, of in rows.groupby("effect", sort=False)
    ]
    return f"{scenario}, effect found: {'; '.join(each)}."


def _place(row: pd.Series[float]) -> str:
    return f"{row['scenario']}, effect {row['effect']:g}, n = {row['seeds']}"


def _rate(count: float, n: float) -> Interval:
    return proportion(int(count), int(n))


def _percent(rate: Interval) -> str:
    return f"{rate.estimate:.1%} [{rate.low:.1%}, {rate.high:.1%}]"
