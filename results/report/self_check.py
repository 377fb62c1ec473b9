"""The answer on the benchmarks themselves: intervals where the true ratio is known; and the machine's peak rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.self_check import (
    by_true_ratio,
    cautions,
    check_sentences,
    claims_met,
    detectable_miss_rate,
    excluding,
    failed_claims,
)
from results.page.elements import Answer, Section, Table
from results.page.provenance import measured_on
from results.statistics import ALPHA, POWER
from results.tables.study_schema import records

ENOUGH_CASES = 100
"""The cases of each ratio that a yes needs: they reveal with 80% probability that 13% of the intervals miss."""
QUESTION = "Do the benchmarks' intervals meet their claims on this machine?"
UNITS = {"matmul": "Gflop/s", "tanh": "G elements/s", "reciprocal": "G elements/s", "copy": "GB/s"}
WORKS = {
    "matmul": "matrix product, {size} channels",
    "tanh": "tanh or sigmoid, the faster, of {size:,} elements",
    "reciprocal": "reciprocal of {size:,} elements",
    "copy": "copy of {size:,} elements, read and write",
}


def self_check_answer(checks: pd.DataFrame, parts: Sequence[Mapping[str, Any]]) -> Answer:
    """No if the cases refute a claim; else yes, if there are enough cases and none of their counts is beyond it."""
    failed, met = failed_claims(checks), claims_met(checks)
    cases = min(len(cases) for _, cases in by_true_ratio(checks))
    count = formatting.plural(cases, "case")
    return Answer(
        question=QUESTION,
        word="No" if failed else "Yes" if met and cases >= ENOUGH_CASES else "Not shown",
        text=" ".join([*check_sentences(checks), *_undecided(checks, failed, met)]),
        basis=f"{measured_on(parts)} A case is one ratio with its 95% interval, from "
        f"{formatting.counted(checks['rounds'].tolist(), 'round')} of a function against itself or against a slower "
        "version of itself.",
        cautions=[*cautions(parts), *(f"A claim fails. {formatting.capital(one)}." for one in failed)],
        table=checks_table(checks),
        points=[
            f"Claimed: an interval misses the true ratio in at most {ALPHA:.0%} of cases, and a slowdown is detected "
            f"in at least {POWER:.0%}. Yes: all counts meet the claims, over {ENOUGH_CASES} cases of each ratio or "
            "more. No: the exact binomial interval of a count lies beyond a claim. With "
            f"{count} of each ratio, that is so with {POWER:.0%} probability if {detectable_miss_rate(cases):.0%} of "
            "the intervals miss.",
        ],
    )


def _undecided(checks: pd.DataFrame, failed: Sequence[str], met: bool) -> list[str]:
    """Why neither yes nor no follows although the cases are many."""
    few = min(len(cases) for _, cases in by_true_ratio(checks)) < ENOUGH_CASES
    if failed or met or few:
        return []
    return ["A count is beyond the claim, but its interval includes the claim."]


def checks_table(checks: pd.DataFrame) -> Table:
    return Table(
        title="Cases whose true ratio is known",
        note="A difference is detected where the 95% interval excludes 1. Intervals of counts are exact (binomial).",
        header=["true ratio", "cases", "rounds", "median ratio", "interval misses the true ratio",
                "difference detected"],
        rows=[
            [f"{planted:g}", f"{len(cases):,}", formatting.span(cases["rounds"].tolist()),
             f"{cases['ratio'].median():.4f}",
             *(formatting.count_of(excluding(cases, ratio)) for ratio in (planted, 1.0))]
            for planted, cases in by_true_ratio(checks)
        ],
        source="checks.csv",
    )  # fmt: skip


def peaks_section(peaks: pd.DataFrame) -> Section:
    return Section(
        title="Peak rates of this machine",
        paragraphs=[
            "The best median rate that torch reaches on this machine; a candidate's fraction of peak refers to these."
        ],
        tables=[
            Table(
                title="Rate of each operation",
                note="Medians over rounds.",
                header=["device", "threads", "work", "rate"],
                rows=[
                    [row.device, str(row.threads), WORKS[row.limit].format(size=row.size),
                     f"{formatting.rounded(row.per_second / 1e9)} {UNITS[row.limit]}"]
                    for row in records(peaks.sort_values(["device", "threads", "limit", "size"]))
                ],
                source="ceilings.csv",
                folded=True,
            )
        ],
    )  # fmt: skip
