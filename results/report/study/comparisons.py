"""The section on a study's comparisons: forest plots, and a table for each metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from results import figures
from results.analysis import formatting
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import ACCURACY, CURVE, LONGER, STEPS, TABLES
from results.analysis.study.verdicts import (
    bounded_difference_text,
    bounded_effect_text,
    detectable_text,
    verdict_text,
)
from results.figures.forest import ForestRow
from results.page.elements import Figure, Section, Table
from results.report.study.answer.table import MOST_ROWS

_CURVE_NOTE = (
    f"The {CURVE} is the mean of the Levenshtein accuracy on the evaluation set over the epochs; it is larger "
    "if a learning curve rises sooner or higher."
)


def comparisons_section(
    comparisons: Sequence[Comparison], primary: str, more: Sequence[Table], *, verdicts: bool
) -> list[Section]:
    """One section, or none without comparisons; `more` are tables to add to it. `verdicts`: whether they are given."""
    if not comparisons:
        return []
    names = [primary, *(name for name in comparisons[0].effects if name != primary)]
    return [
        Section(
            title="Comparisons",
            paragraphs=[
                f"{formatting.plural(len(comparisons), 'comparison')}, paired by seed. The study's primary metric is "
                f"{primary}; the other metrics are tested by the same rule, each as a family of its own.",
                *([_CURVE_NOTE] if CURVE in names else []),
            ],
            tables=[
                *(_table(comparisons, name, verdicts=verdicts) for name in names),
                *_pair_tables(comparisons, names),
                *more,
            ],
            figures=[
                _forest(comparisons, name, verdicts=verdicts, folded=name != primary and len(comparisons) > MOST_ROWS)
                for name in names
                if name != CURVE and any(one.effects[name].verdict != "not testable" for one in comparisons)
            ],
        )
    ]


def _table(comparisons: Sequence[Comparison], name: str, *, verdicts: bool) -> Table:
    accuracy = name == ACCURACY
    return Table(
        title=f"Tests: {name}",
        note=_NOTES.get(name, "Mean difference, first arm minus second, paired by seed, with its 95% interval."),
        header=[*comparisons[0].levels, "compared", "first", "second", "ratio" if name == STEPS else "difference",
                "verdict", "smallest detectable effect", "p", "p corrected", "pairs of seeds",
                *(["P(improvement)"] if accuracy else [])],
        rows=[
            [*_arms(one), *_judged(name, one, verdicts=verdicts),
             *([formatting.fraction(one.probability_of_improvement)] if accuracy else [])]
            for one in comparisons
        ],
        source=TABLES.get(name, "runs.csv"),
        folded=True,
    )  # fmt: skip


_NOTES = {
    STEPS: "Mean steps to 99%, first arm over second, paired by seed, with the 95% interval; a run that did not "
    "reach 99% counts as its full budget. ≤: only the second arm has such runs, and the true ratio is smaller. ≥: "
    "only the first arm has them, and the true ratio is larger. With both, the ratio is that of the counted steps. "
    "p is that of the log-rank test, by sign flips.",
    ACCURACY: "At the end of training: mean difference, first arm minus second, paired by seed, with its 95% "
    "interval. P(improvement): the probability that a run of the first arm ends higher than one of the second, over "
    "any two seeds, ties counted half.",
}


def _arms(one: Comparison) -> list[str]:
    pairs = one.declared.pairs
    arms = pairs[0] if len(pairs) == 1 else (f"{len(pairs)} arms", f"{len(pairs)} arms")
    return [*map(str, one.levels.values()), one.declared.label, *arms]


def _judged(name: str, one: Comparison, *, verdicts: bool) -> list[str]:
    judged = one.effects[name]
    return [
        bounded_effect_text(name, one.effects[name]),
        verdict_text(name, judged) if verdicts else "-",
        detectable_text(name, judged.smallest_detectable_effect),
        formatting.probability(judged.difference.p),
        formatting.probability(judged.adjusted_p),
        str(judged.difference.interval.n),
    ]


def _pair_tables(comparisons: Sequence[Comparison], names: Sequence[str]) -> list[Table]:
    rows = [
        [*map(str, one.levels.values()), one.declared.label, *each.pair,
         *(bounded_difference_text(name, each.differences[name]) for name in names)]
        for one in comparisons
        for each in one.pair_differences
    ]  # fmt: skip
    table = Table(
        title="Each pair of arms",
        note="A comparison above is the mean of its pairs; that of steps is the geometric mean of their ratios, "
        "without the pairs of which no run reaches 99%. ≤ and ≥ as above; -: no run of either arm reaches 99%. The "
        "pairs have no verdict of their own.",
        header=[*comparisons[0].levels, "compared", "first", "second", *names],
        rows=rows,
        source="runs.csv, convergence.csv and by_length.csv" if LONGER in names else TABLES[CURVE],
        folded=True,
    )
    return [table] if rows else []


_CAPPED = (
    " A run that did not reach 99% counts as its full budget; ≤: only the second arm has such runs, and the "
    "true ratio is smaller; ≥: only the first arm has them, and it is larger. With both, the ratio is that of the "
    "counted steps."
)
_HOLLOW = " Hollow dots: a run of the seed did not reach 99%."
_SIDES = {
    STEPS: ("first arm needs fewer steps", "more"),
    ACCURACY: ("first arm is less accurate", "more accurate"),
}
"""The texts below the axis of a figure, left and right of no difference."""


def _forest(comparisons: Sequence[Comparison], name: str, *, verdicts: bool, folded: bool) -> Figure:
    steps = name == STEPS
    untestable = any(one.effects[name].verdict == "not testable" for one in comparisons)
    rows = [
        ForestRow(
            _compared(one),
            None if judged.verdict == "not testable" else judged.difference,
            "not testable" if judged.verdict == "not testable" else bounded_effect_text(name, one.effects[name]),
            verdicts and judged.shown,
            label(one.levels),
        )
        for one in comparisons
        for judged in [one.effects[name]]
    ]
    seeds = [one.effects[name].difference.interval.n for one in comparisons]
    capped = any(any(row.difference.capped) for row in rows if row.difference)
    return Figure(
        name=f"compared_{name.lower()}",
        title=f"Differences: {name}",
        caption=f"Dots: every seed (n = {formatting.span(seeds)}). Diamonds: the "
        f"{'ratio of the mean steps' if steps else 'mean over seeds'}, filled if the verdict is a difference; bars: "
        "its 95% interval."
        f"{_CAPPED * steps}{_HOLLOW * capped}"
        f"{' Nothing is drawn for a comparison that is not testable.' * untestable}",
        alt=f"Chart of the differences in {name}, with intervals: "
        f"{formatting.listed(list(dict.fromkeys(one.declared.label for one in comparisons)))}.",
        source=TABLES.get(name, "runs.csv"),
        folded=folded,
        drawing=figures.forest(
            [*_drawn(rows)],
            f"{name}: first arm {'/' if steps else '-'} second arm",
            _SIDES.get(name, ("first arm is lower", "higher")),
            ratio=steps,
        ),
        header=[*comparisons[0].levels, "compared", "first", "second", name, "verdict", "each seed"],
        rows=[
            [
                *_arms(one),
                row.effect,
                verdict_text(name, one.effects[name]) if verdicts else "-",
                ", ".join(f"{value:.3g}" for value in row.difference.per_seed) if row.difference else "-",
            ]
            for row, one in zip(rows, comparisons, strict=True)
        ],
    )


def _drawn(rows: Sequence[ForestRow]) -> Iterator[ForestRow]:
    """The rows; a single one for the levels at which no comparison is testable."""
    for group, of_group in groupby(rows, key=lambda row: row.group):
        these = [*of_group]
        if group and len(these) > 1 and all(row.difference is None for row in these):
            yield replace(these[0], label=f"all {len(these)} comparisons")
        else:
            yield from these


def _compared(one: Comparison) -> str:
    """The words of a comparison, and a line with its arms if the words do not name them."""
    pairs = one.declared.pairs
    arms = f"{len(pairs)} pairs of arms" if len(pairs) > 1 else " against ".join(pairs[0])
    return "\n".join(dict.fromkeys([one.declared.label, arms]))
