"""Answers of studies whose arms reach 99% at given steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis.study.arm_summary import summarise
from results.analysis.study.comparisons import compare_arms
from results.page.elements import Answer
from results.report.study.answer.study_answer import study_answer

BUDGET = 700
NEVER = [math.inf] * 10
EVEN, LATE = [400.0] * 10, [600.0] * 10
MIXED = [400.0, 600.0] * 5
"""Ten seeds, of which half are faster and half are slower than 500 steps."""


def declared(*labels: str, yes: str = "lower", **phrases: str) -> dict[str, Any]:
    return {"comparisons": [*labels], "yes": yes, "phrases": phrases}


def answer(
    steps: Mapping[str, Sequence[float]],
    accuracies: Mapping[str, Sequence[float]] | None = None,
    *,
    levels: Mapping[int, Mapping[str, Sequence[float]]] | None = None,
    profile: str = "quick",
    rising: Mapping[str, float] | None = None,
    diverged: Mapping[str, int] | None = None,
    by_length: pd.DataFrame | None = None,
    **more: Any,
) -> Answer:
    """The answer of a study whose arms reach 99% at these steps, seed by seed. `levels`: the steps at each level of
    max_length, in place of `steps`; `rising`: by how much an arm's evaluation accuracy rises at the end;
    `diverged`: how many of its first seeds diverge; `by_length`: the table of that name."""
    at_levels = [({"max_length": level}, arms) for level, arms in levels.items()] if levels else [({}, steps)]
    runs, curves = [], []
    for at, arms in at_levels:
        for arm, each in arms.items():
            for seed, reached in enumerate(each):
                run_id = f"{arm}-{seed}-{at}"
                ends = (accuracies or {}).get(arm, [0.995 if math.isfinite(reached) else 0.75] * len(each))[seed]
                status = "diverged" if seed < (diverged or {}).get(arm, 0) else "done"
                ends = ends if status == "done" else math.nan
                runs.append(
                    {"study": "s", "run_id": run_id, "arm": arm, **at, "seed": seed, "status": status, "reason": "",
                     "steps": BUDGET, "seconds": 2.0, "parameters": 1000, "levenshtein_accuracy": ends,
                     "exact_match": ends / 2, "steps_to_99": reached if math.isfinite(reached) else None,
                     "anti_diagonal": None}
                )  # fmt: skip
                for epoch in range(1, 9):
                    rise = (rising or {}).get(arm, 0.0) * (epoch > 6) + seed / 10_000
                    curves.append({"run_id": run_id, "step": 100 * epoch, "levenshtein_accuracy": 0.5 + rise})
    arms = {arm: {} for arm in at_levels[0][1]}
    declaration = {
        "question": "Does it help?", "name": "s", "baseline": next(iter(arms)), "arms": arms,
        "factors": {"max_length": [*levels]} if levels else {}, "primary": "steps_to_99",
        "seeds": [*range(len(next(iter(at_levels[0][1].values()))))], "training": {"learning_rate": 0.001}, **more,
    }  # fmt: skip
    tables = {"runs": pd.DataFrame(runs), "convergence": pd.DataFrame(curves)}
    if by_length is not None:
        tables["by_length"] = by_length
    return study_answer(
        summarise(tables, declaration), compare_arms(tables, declaration), [], [], declaration, profile, None
    )
