"""Runs that diverged or failed have no accuracy at the end."""

from __future__ import annotations

from synthetic_answers import EVEN, NEVER, answer, declared


def test_runs_without_an_accuracy_are_reported_before_the_answer() -> None:
    found = answer({"none": NEVER, "dot": EVEN, "general": EVEN}, diverged={"none": 3, "general": 1})
    assert found.cautions == [
        "Accuracies are of the runs that are done. Diverged or failed: 3 of 10 runs of none and 1 of 10 runs of "
        "general."
    ]
    assert answer({"none": NEVER, "dot": EVEN}).cautions == []


def test_an_arm_without_a_done_run_has_no_accuracy_and_does_not_hide_that_of_the_others() -> None:
    arms = {"none": NEVER, "dot": NEVER, "with_none": EVEN, "with_dot": EVEN}
    switch = {"says": "a part", "pairs": [["with_none", "none"], ["with_dot", "dot"]]}
    found = answer(arms, diverged={"none": 10}, switches=[switch], decision=declared("a part"))
    assert "no run of 20 does within 700 steps (mean accuracy at the end: 75%, exact match: 38%)" in found.text
    alone = answer({"none": NEVER, "dot": EVEN}, diverged={"none": 10})
    assert "(no run is done)" in alone.text
