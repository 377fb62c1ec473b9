"""What a report says of a study's comparisons, below the answer: the pictures, and the tables with every figure."""

from __future__ import annotations

from collections.abc import Sequence

from results import figures
from results.analysis import formatting
from results.analysis.comparisons import Comparison
from results.analysis.factor_levels import label
from results.analysis.run_metrics import ACCURACY, CURVE, STEPS
from results.figures.forest import Line
from results.page.elements import Picture, Section, Table
from results.statistics import Judged

_CURVE_NOTE = (
    f"The {CURVE} is that of the Levenshtein accuracy on the evaluation set, larger the sooner and the higher a curve "
    "rises."
)


def comparisons_section(found: Sequence[Comparison], primary: str, more: Sequence[Table]) -> list[Section]:
    """One section, or none if the study compares nothing; `more` are tables that belong with its own."""
    if not found:
        return []
    names = [primary, *(name for name in found[0].outcomes if name != primary)]
    return [
        Section(
            title="What is compared",
            paragraphs=[
                f"{formatting.plural(len(found), 'comparison')}, paired by seed. The question asks for {primary}, which "
                "decides the verdict; other figures are judged by the same rule, each for itself.",
                *([_CURVE_NOTE] if CURVE in names else []),
            ],
            tables=[*(_table(found, name) for name in names), *_parts_tables(found, names), *more],
            pictures=[_forest(found, name) for name in names if name != CURVE],
        )
    ]


def _table(found: Sequence[Comparison], name: str) -> Table:
    accuracy = name == ACCURACY
    return Table(
        title=f"Compared: {name}",
        note=_NOTES.get(name, "Mean difference, paired by seed, with its 95% interval."),
        header=[*found[0].levels, "compared", "with", "without", "times" if name == STEPS else "difference",
                "p", "p corrected", "would have been seen", "verdict", "pairs of seeds",
                *(["improves"] if accuracy else [])],
        rows=[
            [*_named(one), *_judged(name, one.outcomes[name]),
             *([formatting.accuracy(one.improvement)] if accuracy else [])]
            for one in found
        ],
        source="runs.csv and convergence.csv" if name == CURVE else "runs.csv",
    )  # fmt: skip


_NOTES = {
    STEPS: "Mean steps spent until 99%, with it over without it, paired by seed, with the 95% interval; a run that "
    "never got there has spent all of its steps. p is the log-rank test's, by sign flips.",
    ACCURACY: "At the end of training: mean difference, paired by seed, with its 95% interval. Improves: the "
    "probability that a run with it ends higher than one without it, of any two seeds, ties counted half.",
}


def _named(one: Comparison) -> list[str]:
    pairs = one.declared.pairs
    arms = pairs[0] if len(pairs) == 1 else (f"{len(pairs)} arms", f"{len(pairs)} arms")
    return [*map(str, one.levels.values()), one.declared.says, *arms]


def _judged(name: str, judged: Judged) -> list[str]:
    return [
        formatting.effect(name, judged.difference.interval).removesuffix(" times"),
        formatting.probability(judged.difference.p),
        formatting.probability(judged.adjusted),
        formatting.detectable(name, judged.detectable),
        formatting.verdict(name, judged.verdict),
        str(judged.difference.interval.n),
    ]


def _parts_tables(found: Sequence[Comparison], names: Sequence[str]) -> list[Table]:
    rows = [
        [*map(str, one.levels.values()), one.declared.says, *part.pair,
         *(formatting.effect(name, part.differences[name].interval) for name in names)]
        for one in found
        for part in one.parts
    ]  # fmt: skip
    table = Table(
        title="Each pair of arms",
        note="What the comparisons above are the mean of. These are shown, not judged.",
        header=[*found[0].levels, "compared", "with", "without", *names],
        rows=rows,
        source="runs.csv and convergence.csv",
    )
    return [table] if rows else []


def _forest(found: Sequence[Comparison], name: str) -> Picture:
    steps = name == STEPS
    lines = [
        Line(
            ", ".join(filter(None, [one.declared.says, label(one.levels)])),
            one.outcomes[name].difference,
            formatting.effect(name, one.outcomes[name].difference.interval),
            one.outcomes[name].verdict in ("higher", "lower"),
        )
        for one in found
    ]
    return Picture(
        name=f"compared_{name.lower()}",
        title=f"What is compared: {name}",
        caption="Dots: every seed, with it and without it. Diamonds: the mean over seeds, filled where the difference "
        f"is real by the rule; bars: its 95% interval.{' Never at 99%: all steps are spent.' * steps}",
        alt=f"Chart of what is compared by {name}, with intervals: "
        f"{formatting.listed(list(dict.fromkeys(one.declared.says for one in found)))}.",
        source="runs.csv",
        figure=figures.forest(lines, f"{name}: with / without" if steps else f"{name}: with - without", ratio=steps),
        header=["compared", name, "each seed"],
        rows=[[line.label, line.effect, ", ".join(f"{value:.3g}" for value in line.difference.each)] for line in lines],
    )
