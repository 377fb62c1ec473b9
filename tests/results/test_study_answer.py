"""The sentence that leads a report of a study says the largest of what is shown, the table under it all the rest."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis import formatting
from results.analysis.arm_summary import ArmSummary
from results.analysis.comparisons import Comparison, DeclaredComparison
from results.analysis.run_metrics import ACCURACY, STEPS
from results.report.study.answer import gist, study_answer
from results.statistics import Interval, judge, mean_interval, paired_difference, steps_ratio, time_to_threshold

SETTINGS: dict[str, Any] = {"question": "Which?", "arms": {"none": {}, "dot": {}}, "primary": "levenshtein_accuracy"}
EVEN = [0.001, -0.001] * 5
"""What ten seeds give where nothing differs."""


def declared(says: str, *, against: str = "none", pairs: int = 1) -> DeclaredComparison:
    return DeclaredComparison(says, (("dot", against),) * pairs)


def found(
    name: str, *each: tuple[DeclaredComparison, list[float]], levels: dict[str, Any] | None = None
) -> list[Comparison]:
    """A family in which each comparison has these differences, or steps beside 100, seed by seed."""
    if name == STEPS:
        differences = [
            steps_ratio([(dict(enumerate(values)), dict.fromkeys(range(len(values)), 100.0))], 1000.0)
            for _, values in each
        ]
    else:
        differences = [
            paired_difference([(dict(enumerate(values)), dict.fromkeys(range(len(values)), 0.0))]) for _, values in each
        ]
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    return [
        Comparison(levels or {}, one, {name: judged}, nothing, [])
        for (one, _), judged in zip(each, judge(differences, [{"none"}] * len(differences)), strict=True)
    ]


def arm(name: str, *steps: float) -> ArmSummary:
    return ArmSummary(
        levels={}, arm=name, planned=len(steps), done=len(steps), diverged=0, failed=0,
        accuracy=mean_interval([1.0]), interquartile_accuracy=mean_interval([1.0]), exact_match=mean_interval([1.0]),
        time_to_99=time_to_threshold(list(steps), 1000.0), parameters=1.0, seconds=1.0,
    )  # fmt: skip


def test_the_largest_in_each_direction_lead_and_all_are_counted() -> None:
    family = found(
        ACCURACY,
        (declared("a bit more"), [0.1] * 10),
        (declared("much more, and more"), [0.3] * 10),
        (declared("less"), [-0.2] * 10),
        (declared("the same"), EVEN),
    )
    assert gist(family, ACCURACY, SETTINGS, "not tuned") == (
        "Much more, and more, raises the Levenshtein accuracy by 0.300 (0.300 to 0.300) against none; less lowers the "
        "Levenshtein accuracy by 0.200 (0.200 to 0.200) against none (n = 10 seeds, not tuned; higher in 2 of 4 "
        "comparisons, lower in 1, no difference shown in 1)."
    )


def test_of_steps_fewer_come_first_and_what_takes_more_is_not_said_to_arrive() -> None:
    family = found(STEPS, (declared("a step back"), [200.0] * 10), (declared("dot against none"), [50.0] * 10))
    assert gist(family, STEPS, SETTINGS) == (
        "dot reaches 99% in ×0.500 (0.500 to 0.500) the steps of none; a step back takes ×2.00 (2.00 to 2.00) "
        "the steps of none to 99%, within the budget (n = 10 seeds; fewer steps in 1 of 2 comparisons, more steps in "
        "1)."
    )


def test_a_direction_in_which_nothing_is_shown_is_counted_as_0() -> None:
    family = found(ACCURACY, (declared("less"), [-0.2] * 10), (declared("the same"), EVEN))
    assert "; higher in 0 of 2 comparisons, lower in 1, no difference shown in 1)." in gist(family, ACCURACY, SETTINGS)


def test_one_comparison_is_not_counted_and_of_many_pairs_the_others_are_counterparts() -> None:
    family = found(ACCURACY, (declared("feeding", pairs=2), [0.3] * 10), levels={"max_length": 8})
    assert gist(family, ACCURACY, SETTINGS) == (
        "At max_length = 8, feeding raises the Levenshtein accuracy by 0.300 (0.300 to 0.300) against its counterparts "
        "(n = 10 seeds)."
    )


def test_where_nothing_is_shown_the_sentence_gives_the_smallest_detectable_effect() -> None:
    family = found(ACCURACY, (declared("one"), EVEN), (declared("other"), [10 * value for value in EVEN]))
    small, large = (f"{one.effects[ACCURACY].smallest_detectable_effect:.3f}" for one in family)
    assert 0 < float(small) < float(large)
    assert gist(family, ACCURACY, SETTINGS) == (
        "No difference in Levenshtein accuracy is shown in 2 comparisons; smallest detectable effect (80% power): "
        f"{small} to {large} (n = 10 seeds)."
    )
    (alone,) = found(ACCURACY, (declared("one"), EVEN))
    said = gist([alone], ACCURACY, SETTINGS)
    assert said.startswith(
        "No difference in Levenshtein accuracy is shown in one, +0.000 (-0.001 to +0.001); smallest detectable effect "
        "(80% power): 0.00"
    )
    assert "comparisons" not in said


def test_too_few_seeds_are_called_that_and_counted_beside_others() -> None:
    few = (declared("few"), [0.3] * 6)
    assert gist(found(ACCURACY, few, few), ACCURACY, SETTINGS) == (
        "Not enough seeds for a verdict on Levenshtein accuracy: 6 pairs of seeds, 7 needed (n = 6 seeds)."
    )
    mixed = gist(found(ACCURACY, few, (declared("the same"), EVEN)), ACCURACY, SETTINGS)
    assert mixed.startswith("No difference in Levenshtein accuracy is shown in the same, ")
    assert "(n = 6 to 10 seeds; higher in 0 of 2 comparisons, lower in 0, no difference shown in 1, not" in mixed


def test_one_seed_is_one_pair_of_seeds() -> None:
    family = found(ACCURACY, (declared("one"), [0.3]))
    table = study_answer([], family, [], SETTINGS).table
    assert table is not None
    assert gist(family, ACCURACY, SETTINGS) == (
        "Not enough seeds for a verdict on Levenshtein accuracy: 1 pair of seeds, 6 needed (n = 1 seed)."
    )
    assert table.rows[0][-2] == "not enough seeds: 1 pair of seeds, 6 needed"


@pytest.mark.parametrize(
    ("numbers", "noun", "said"),
    [
        ([1, 1], "pair of seeds", "1 pair of seeds"),
        ([0], "pair of seeds", "0 pairs of seeds"),
        ([0, 1], "round", "0 to 1 rounds"),
        ([1], "study", "1 study"),
        ([7, 200, 9], "study", "7 to 200 studies"),
    ],
)
def test_what_is_counted_is_one_or_many(numbers: list[int], noun: str, said: str) -> None:
    assert formatting.counted(numbers, noun) == said
    assert (
        formatting.plural(numbers[-1], noun)
        == f"{numbers[-1]} {formatting.counted(numbers[-1:], noun).partition(' ')[2]}"
    )


def test_each_comparison_has_a_line_those_shown_first() -> None:
    family = found(
        ACCURACY,
        (declared("the same"), EVEN),
        (declared("few"), [0.3] * 6),
        (declared("less"), [-0.2] * 10),
        (declared("a bit more"), [0.1] * 10),
        (declared("more"), [0.3] * 10),
    )
    table = study_answer([], family, [], SETTINGS).table
    assert table is not None
    size = f"{family[0].effects[ACCURACY].smallest_detectable_effect:.3f}"
    assert [[line[0], *line[2:]] for line in table.rows] == [
        ["more", "higher", "-"],
        ["a bit more", "higher", "-"],
        ["less", "lower", "-"],
        ["the same", "no difference shown", size],
        ["few", "not enough seeds: 6 pairs of seeds, 8 needed", "-"],
    ]
    assert "p corrected for 5 comparisons" in table.note


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "not tuned"),
        ({"tuning": {"trials_per_arm": 16}}, "each arm tuned with 16 trials"),
        ({"tuning": {"trials_per_arm": 1}}, "each arm tuned with 1 trial"),
    ],
)
def test_the_verdict_says_how_the_arms_were_tuned(more: dict[str, Any], said: str) -> None:
    family = found(ACCURACY, (declared("dot against none"), [0.3] * 10))
    assert study_answer([], family, [], {**SETTINGS, **more}).headline == (
        f"dot raises the Levenshtein accuracy by 0.300 (0.300 to 0.300) against none (n = 10 seeds, {said})."
    )


def reached(*arms: ArmSummary) -> str:
    return study_answer(list(arms), [], [], SETTINGS).points[0]


def test_runs_that_arrived_are_counted_with_the_arms_that_never_did_and_the_one_that_leads() -> None:
    never = [arm(name, math.inf, math.inf) for name in ("c", "d", "e", "f", "g")]
    some = [arm("slow", 300.0, math.inf), arm("quick", 100.0, 120.0)]
    assert reached(*some, *never[:2]) == (
        "3 of 8 runs reached 99%; no run of c and d; quick leads (2 of 2, 110 steps on average)."
    )
    assert "; no run of 5 arms; quick leads" in reached(*some, *never)
    assert reached(*never) == "0 of 10 runs reached 99%."


def test_the_arm_leads_of_which_most_runs_arrived_also_where_no_median_is_reached() -> None:
    once, twice = arm("once", 100.0, *[math.inf] * 4), arm("twice", 900.0, 900.0, *[math.inf] * 3)
    assert reached(once, twice) == "3 of 10 runs reached 99%; twice leads (2 of 5, 960 steps on average)."


def test_of_arms_of_which_as_many_arrived_the_one_with_fewer_steps_leads() -> None:
    late, soon = arm("late", 800.0, math.inf, math.inf), arm("soon", math.inf, 500.0, math.inf)
    assert reached(late, soon) == "2 of 6 runs reached 99%; soon leads (1 of 3, 833 steps on average)."
    assert reached(late, soon, arm("also", 500.0, math.inf, math.inf)).endswith(
        "; soon and also lead (1 of 3, 833 steps on average)."
    )


def test_no_arm_leads_where_nothing_distinguishes_them() -> None:
    assert reached(arm("a", 500.0, math.inf), arm("b", math.inf, 500.0)) == "2 of 4 runs reached 99%."
    assert reached(arm("a", 500.0)) == "1 of 1 run reached 99%."
    assert reached(arm("a", math.inf), arm("b", math.inf, math.inf)) == "0 of 3 runs reached 99%."


ARRIVALS = st.lists(st.one_of(st.sampled_from([100.0, 200.0, 300.0]), st.just(math.inf)), min_size=1, max_size=5)


@given(st.lists(ARRIVALS, min_size=1, max_size=4))
def test_an_arm_that_leads_has_no_smaller_share_than_any_other(steps: list[list[float]]) -> None:
    said = reached(*(arm(f"arm{place}", *each) for place, each in enumerate(steps)))
    shares = [sum(map(math.isfinite, each)) / len(each) for each in steps]
    leading = re.findall(r"arm\d", said.partition(" lead")[0].rpartition(";")[2]) if " lead" in said else []
    assert all(shares[int(name[3:])] == max(shares) for name in leading)
    assert leading or len(set(shares)) == 1
    assert "not reached" not in said
