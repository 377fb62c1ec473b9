"""The table in the answer of a study: its arms, or the comparisons that decide if there are many arms."""

from __future__ import annotations

from collections.abc import Sequence

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import EXACT, LONGER, STEPS, TABLES
from results.analysis.study.verdicts import verdict_text
from results.page.elements import Table
from results.report.study.answer.decision import Decided, ranked
from results.report.study.answer.sentences import Sentences, Side

EXACT_MATCHES = {
    EXACT: "Exact match: at the end of training, on the test set",
    LONGER: "Exact match on longer sources: at the end of training, the mean over the lengths beyond those of the "
    "training",
}
"""Metrics that take the place of the Levenshtein accuracy in a table, and how they are measured"""
MOST_ROWS = 12
"""The most rows of the table in the answer."""
_REACHED = "Reached 99%: the runs with a Levenshtein accuracy of 99% on the evaluation set after some epoch."
_ACCURACY = "Accuracy: at the end of training, on the test set"


def answer_table(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    decided: Decided,
    sentences: Sentences,
    *,
    verdicts: bool,
) -> Table:
    """`verdicts`: whether the table gives them; a smoke run has none."""
    if len(summaries) <= MOST_ROWS or not decided.deciding:
        return arms_table(summaries, comparisons, sentences, verdicts=verdicts)
    return _deciding(decided, sentences, verdicts=verdicts)


def arms_table(
    summaries: Sequence[ArmSummary], comparisons: Sequence[Comparison], sentences: Sentences, *, verdicts: bool
) -> Table:
    """A row for each arm at each combination of levels."""
    metric = sentences.metric
    against = [_against(one, comparisons, metric) if verdicts else "-" for one in summaries]
    # The comparisons of several pairs of arms are verdicts of no arm.
    judged = not verdicts or not comparisons or any(text != "-" for text in against)
    return Table(
        title="Arms",
        note=f"{_verdict_note(comparisons, metric, verdicts=verdicts and judged)}{_columns_note(metric)}; seconds: the "
        "median of a run.",
        header=[
            "arm",
            *(["verdict"] if judged else []),
            "reached 99%",
            "median steps",
            metric if metric in EXACT_MATCHES else "accuracy",
            "seconds",
        ],
        rows=[
            [
                ", ".join(filter(None, [one.arm, label(one.levels)])),
                *([verdict] if judged else []),
                formatting.reached(one.time_to_99),
                formatting.steps(one.time_to_99.median),
                formatting.fraction(one.mean(metric)),
                formatting.rounded(one.seconds),
            ]
            for one, verdict in zip(summaries, against, strict=True)
        ],
        source=TABLES.get(metric, "runs.csv"),
        folded=len(summaries) > MOST_ROWS,
    )


def _against(arm: ArmSummary, comparisons: Sequence[Comparison], metric: str) -> str:
    """`fewer steps than none and general; no difference shown against dot`, for the arm of a row."""
    by_verdict: dict[str, list[str]] = {}
    for one in comparisons:
        (first, second), *more = one.declared.pairs
        if first == arm.arm and not more and label(one.levels) == label(arm.levels):
            by_verdict.setdefault(verdict_text(metric, one.effects[metric]), []).append(second)
    return "; ".join(_beside(verdict, names) for verdict, names in by_verdict.items()) or "-"


def _beside(verdict: str, arms: Sequence[str]) -> str:
    """`no difference shown against dot (its reason)`, `fewer steps than none and general`."""
    word, _, reason = verdict.partition(": ")
    shown = word in ("higher", "lower", "more steps", "fewer steps")
    return f"{word} {'than' if shown else 'against'} {formatting.listed(arms)}{f' ({reason})' if reason else ''}"


def _deciding(decided: Decided, sentences: Sentences, *, verdicts: bool) -> Table:
    """A row for each deciding comparison; with the first arm's numbers before those of the second."""
    metric = sentences.metric
    rows = ranked(decided.deciding, metric)[:MOST_ROWS]
    effects = [*map(sentences.effect_or_bound, rows)]
    left_out = len(decided.deciding) - len(rows)
    more = f" {left_out} more are in the section Comparisons." if left_out else ""
    return Table(
        title="The comparisons that decide",
        note=f"{_verdict_note(decided.deciding, metric, verdicts=verdicts)}{_columns_note(metric)}. Before the slash: "
        f"the first arms; after it: the arms that they are compared with.{_bounds(effects)}{more}",
        header=[
            "compared",
            "verdict",
            "ratio of steps" if metric == STEPS else "difference",
            "reached 99%",
            "median steps",
            metric if metric in EXACT_MATCHES else "accuracy",
        ],
        rows=[
            [
                ", ".join(filter(None, [one.declared.label, label(one.levels)])),
                verdict_text(metric, one.effects[metric]) if verdicts else "-",
                effect,
                *(_both(sentences.sides(one), metric)),
            ]
            for one, effect in zip(rows, effects, strict=True)
        ],
        source=TABLES.get(metric, "runs.csv"),
    )


def _bounds(effects: Sequence[str]) -> str:
    smaller, larger = (any(effect.startswith(side) for effect in effects) for side in "≤≥")
    notes = [*(["≤: the true ratio is smaller"] * smaller), *(["≥: the true ratio is larger"] * larger)]
    return f" {'; '.join(notes)}, since runs that do not reach 99% count as their full budget." if notes else ""


def _both(sides: tuple[Side, Side], metric: str) -> list[str]:
    cells = [
        (
            formatting.reached(side.time_to_99),
            formatting.steps(side.time_to_99.median),
            side.end_text(metric),
        )
        for side in sides
    ]
    return [" / ".join(both) for both in zip(*cells, strict=True)]


def _columns_note(metric: str) -> str:
    return f"{_REACHED} {EXACT_MATCHES.get(metric, _ACCURACY)}"


def _verdict_note(comparisons: Sequence[Comparison], metric: str, *, verdicts: bool) -> str:
    if not comparisons or not verdicts:
        return ""
    family = formatting.plural(comparisons[0].effects[metric].family, "comparison")
    return f"Verdicts are on {metric}, by the rule at the end of this report, corrected for {family}. "
