"""The sentences of a study's answer follow from the runs; no ratio is given to an arm that does not reach 99%."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_answers import EVEN, LATE, MIXED, NEVER, answer, declared

from results.analysis.formatting import SMOKE_CAUTION
from results.report.study.answer.study_answer import NO_VERDICT


def test_an_arm_that_does_not_reach_99_has_a_count_of_runs_and_no_ratio() -> None:
    found = answer(
        {"none": NEVER, "dot": EVEN},
        decision=declared("dot against none", none="without attention", dot="with attention"),
    )
    assert found.headline == (
        "Yes. With attention, all 10 runs reach 99% Levenshtein accuracy, half of them within 400 steps; without "
        "attention, no run of 10 does within 700 steps (mean accuracy at the end: 75%, exact match: 38%)."
    )
    assert "×" not in found.headline


@pytest.mark.parametrize(("rise", "expected"), [(-0.005, ")"), (0.0, ")"), (0.005, ", still rising)")])
def test_still_rising_is_a_rise_over_the_last_quarter(rise: float, expected: str) -> None:
    found = answer({"none": NEVER, "dot": EVEN}, rising={"none": rise})
    assert f"(mean accuracy at the end: 75%, exact match: 38%{expected}." in found.text


def test_two_arms_that_reach_99_have_their_medians_and_their_ratio() -> None:
    found = answer({"slow": LATE, "fast": [*EVEN[1:], math.inf]}, decision=declared("fast against slow"))
    assert found.headline == (
        "Yes. With fast, half of the runs reach 99% Levenshtein accuracy within 400 steps, with slow within 600: "
        "ratio of mean steps ≥ ×0.72 (0.67 to 0.92) (a run that does not reach 99% counts as 700)."
    )
    assert "counts as" not in answer({"slow": LATE, "fast": EVEN}).text


def test_half_of_the_runs_are_not_more_than_half() -> None:
    half = answer({"none": [*NEVER[:5], *LATE[:5]], "dot": EVEN}, decision=declared("dot against none"))
    assert "with none, 5 of 10 runs do within 700 steps" in half.text
    assert "×" not in half.text
    more = answer({"none": [*NEVER[:4], *LATE[:6]], "dot": EVEN}, decision=declared("dot against none"))
    assert "with none within 600: ratio of mean steps ≤ ×0." in more.text


def test_a_first_arm_that_does_not_reach_99_is_counted_too() -> None:
    found = answer(
        {"base": EVEN, "part": [LATE[0], *NEVER[1:]]}, decision=declared("part against base", yes="different")
    )
    assert found.headline == (
        "Yes. With part, 1 of 10 runs reaches 99% Levenshtein accuracy within 700 steps (mean accuracy at the end: "
        "77%, exact match: 39%); with base, all 10 runs do, half of them within 400 steps."
    )


ARMS = {"none": NEVER, "dot": LATE, "general": EVEN, "additive": [100.0] * 10}


def test_the_best_arm_is_compared_with_the_second_best() -> None:
    pairs = [("dot", "none"), ("general", "none"), ("additive", "none"), ("additive", "dot"), ("additive", "general")]
    contrasts = [{"arm": arm, "against": other, "says": f"{arm} against {other}"} for arm, other in pairs]
    found = answer(ARMS, contrasts=contrasts, decision=declared(*(one["says"] for one in contrasts[:3])))
    assert found.word == "Yes"
    assert found.text.endswith(". Against general, additive needs ×0.250 (0.250 to 0.250) the steps.")
    assert found.table is not None
    assert [row[1] for row in found.table.rows] == [
        "-", "fewer steps than none", "fewer steps than none", "fewer steps than none, dot and general",
    ]  # fmt: skip
    assert found.table.rows[0][2:4] == ["0 of 10", "not reached"]


def test_accuracies_are_given_for_both_arms_with_their_difference() -> None:
    found = answer(
        {"teacher": NEVER, "linear": NEVER},
        {"teacher": [0.9] * 10, "linear": [0.85] * 10},
        rising={"linear": 0.1},
        primary="levenshtein_accuracy",
        decision=declared("linear against teacher", yes="higher", teacher="with teacher forcing"),
    )
    assert found.headline == (
        "No. With linear, the runs end at a Levenshtein accuracy of 0.850, still rising; with teacher forcing at "
        "0.900; difference -0.050 (-0.050 to -0.050)."
    )


def test_the_second_of_two_comparisons_with_one_arm_does_not_repeat_the_arm() -> None:
    found = answer(
        {"a": NEVER, "b": NEVER, "c": NEVER},
        {"a": [0.9] * 10, "b": [0.8] * 10, "c": [0.7] * 10},
        primary="levenshtein_accuracy",
        decision=declared("b against a", "c against a"),
    )
    assert found.text == (
        "With b, the runs end at a Levenshtein accuracy of 0.800; with a at 0.900; difference -0.100 (-0.100 to "
        "-0.100). With c, the runs end at a Levenshtein accuracy of 0.700; difference -0.200 (-0.200 to -0.200)."
    )


def test_without_a_difference_the_sentence_gives_the_smallest_detectable_effect() -> None:
    alone = answer({"a": [500.0] * 10, "b": MIXED}, decision=declared("b against a"))
    assert re.fullmatch(
        r"Not shown\. With b, half of the runs reach 99% Levenshtein accuracy within 500 steps, with a within 500: "
        r"ratio of mean steps ×1\.00 \(0\.\d+ to 1\.\d+\)\. No difference is shown \(smallest detectable effect, 80% "
        r"power: \d+%\)\.",
        alone.headline,
    )
    two = answer({"a": [500.0] * 10, "b": MIXED, "c": MIXED}, decision=declared("b against a", "c against a"))
    assert two.text.startswith("No difference in steps to 99% is shown in 2 comparisons (smallest detectable effect, ")


def test_an_effect_that_capped_steps_cannot_show_is_not_called_detectable() -> None:
    few = [*NEVER[:8], 600.0, 650.0]
    found = answer({"a": few, "b": few[::-1]}, decision=declared("b against a"))
    assert "detectable" not in found.headline
    assert "×" not in found.headline


def test_pairs_of_arms_are_pooled() -> None:
    switch = {"says": "feeding", "pairs": [["b", "a"], ["d", "c"]]}
    found = answer({"a": LATE, "b": EVEN, "c": NEVER, "d": NEVER}, switches=[switch], decision=declared("feeding"))
    assert found.text.startswith(
        "With feeding, 10 of 20 runs reach 99% Levenshtein accuracy within 700 steps (mean accuracy at the end:"
    )
    assert found.text.endswith("; in the arms it is compared with, 10 of 20 runs.")


def test_many_arms_give_a_table_of_the_comparisons_that_decide() -> None:
    steps = {"base": LATE, **{f"arm{number}": LATE for number in range(11)}, "last": EVEN}
    found = answer(steps, decision=declared("arm0 against base", "last against base", yes="different"))
    assert found.table is not None
    assert [row[0] for row in found.table.rows] == ["last against base", "arm0 against base"]
    assert found.table.rows[0][1] == "fewer steps"
    assert found.table.rows[0][3:5] == ["10 of 10 / 10 of 10", "400 / 600"]


def test_an_arm_that_is_compared_with_several_is_given_beside_the_nearest_of_them() -> None:
    """The difference from an arm that learns nothing says little of the others."""
    accuracies = {name: [end + seed / 1000 for seed in range(10)] for name, end in (("a", 0.9), ("b", 0.1), ("c", 0.6))}
    accuracies["d"] = [0.4 + seed / 1000 for seed in range(10)]
    contrasts = [{"arm": "a", "against": other, "says": f"a against {other}"} for other in "bcd"]
    more = {
        "primary": "levenshtein_accuracy",
        "contrasts": contrasts,
        "switches": [],
        "decision": declared("a against b", "a against c", "a against d", yes="higher"),
    }
    found = answer(dict.fromkeys("abcd", NEVER), accuracies, **more)
    assert found.word == "Yes"
    assert found.text.startswith(
        "With a, the runs end at a Levenshtein accuracy of 0.905; with c at 0.605; difference +0.300 (+0.300 to "
        "+0.300)."
    )
    assert "In 2 other comparisons, the difference is at least as large." in found.text


def test_a_smoke_run_gives_no_verdict() -> None:
    found = answer({"none": NEVER, "dot": EVEN}, profile="smoke")
    assert found.headline == f"No verdict. {NO_VERDICT}"
    assert found.cautions == [SMOKE_CAUTION]
    own_pairs = answer({"none": NEVER, "dot": EVEN}, profile="smoke", data=[{"files": [{"name": "a.tsv"}]}])
    assert own_pairs.headline == "No verdict. The profile quick measures what this study asks."
    assert found.table is not None
    assert {row[1] for row in found.table.rows} == {"-"}
    assert not any(word in " ".join(found.points) for word in ("higher", "lower", "steps in", "no difference"))


def test_a_comparison_that_is_not_testable_is_reported_with_its_reason() -> None:
    alone = answer({"a": NEVER, "b": NEVER}, decision=declared("b against a"))
    assert alone.headline == "Not testable. B against a is not testable: no run of either arm reached 99%."
    beside = answer({"a": [500.0] * 10, "b": EVEN, "c": [500.0] * 10}, decision=declared("b against a", "c against a"))
    assert beside.word == "Yes, in 1 of 2 comparisons"
    assert beside.text.endswith(" C against a is not testable: none of 10 pairs of seeds differs.")
    assert beside.table is not None
    assert beside.table.rows[2][1] == "not testable against a (none of 10 pairs of seeds differs)"


def test_each_comparison_that_does_not_decide_has_a_point_with_its_verdicts_and_effects() -> None:
    at_each = {
        5: {"a": LATE, "b": EVEN, "c": [420.0] * 10, "d": NEVER},
        7: {"a": LATE, "b": EVEN, "c": [450.0] * 10, "d": NEVER},
        9: {"a": [500.0] * 10, "b": EVEN, "c": MIXED, "d": NEVER},
    }
    phrases = {"max_length = 5": "at 5 letters"}
    found = answer({}, levels=at_each, decision={**declared("b against a"), "phrases": phrases})
    assert found.points[:2] == [
        "C against a: fewer steps at 5 letters and at max_length = 7, effects ×0.700 to ×0.750; no difference shown at "
        "max_length = 9, ×1.00 (0.88 to 1.12).",
        "D against a: more steps at 5 letters, at max_length = 7 and at max_length = 9.",  # d reaches 99% in no run
    ]
    nearly = {arm: [*[400.0] * 9, 510.0] for arm in "cdef"}
    point, *_ = answer({"a": [500.0] * 10, "b": EVEN, **nearly}, decision=declared("b against a")).points
    assert point.startswith("C against a: no difference shown, ×0.")
    assert point.endswith("), significant without the correction for multiple comparisons.")
    rarely = {5: {"a": LATE, "b": EVEN, "c": EVEN}, 7: {"a": NEVER, "b": EVEN, "c": EVEN}}
    point, *_ = answer({}, levels=rarely, decision=declared("b against a")).points
    assert point == (
        "C against a: fewer steps at max_length = 5 and at max_length = 7, ×0.667 (0.667 to 0.667) at max_length = 5."
    )
    partly = {5: {"a": LATE, "b": EVEN, "c": [*EVEN[1:], math.inf]}, 7: {"a": LATE, "b": EVEN, "c": EVEN}}
    point, *_ = answer({}, levels=partly, decision=declared("b against a")).points
    assert "≥ ×0.72" in point
    many = {f"c{number}": EVEN for number in range(7)}
    assert "against" not in answer({"a": LATE, "b": EVEN, **many}, decision=declared("b against a")).points[0]


def test_a_difference_that_is_significant_alone_is_reported_as_such() -> None:
    nearly = [*[400.0] * 9, 510.0]
    found = answer({"a": [500.0] * 10, "b": nearly}, decision=declared("b against a"))
    others = {f"c{number}": nearly for number in range(8)}
    among = answer({"a": [500.0] * 10, "b": nearly, **others}, decision=declared("b against a"))
    assert found.word == "Yes"
    assert among.word == "Not shown"
    alone = (
        "No difference is shown: significant without the correction for multiple comparisons, but not with it (smallest"
    )
    assert alone in among.text
    many = answer(
        {"a": [500.0] * 10, "b": EVEN, **others}, decision=declared("b against a", "c1 against a", "c2 against a")
    )
    counted = "No difference is shown in 2 other comparisons, 2 of them significant without the correction for multiple"
    assert f"{counted} comparisons (smallest" in many.text


def test_missing_runs_and_missing_seeds_are_reported_before_the_answer() -> None:
    missing = answer({"a": LATE, "b": EVEN}, seeds=[*range(12)])
    assert missing.cautions == ["The study is not finished: 4 of 24 runs are missing."]
    few = answer({"a": LATE[:3], "b": EVEN[:3]}, decision=declared("b against a"))
    assert few.headline == "Not enough seeds. 3 pairs of seeds, 6 needed."
    assert few.cautions == []
    other = answer({"a": LATE, "b": EVEN, "c": EVEN[:3]}, decision=declared("b against a"))
    assert other.word == "Yes"
    assert "Not enough seeds for a verdict in 1 of 2 comparisons: 3 pairs of seeds, 7 needed." in other.cautions


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "Not tuned: all arms have the learning rate 0.001"),
        (
            {"arms": {"a": {"learning_rate": 0.01}, "b": {}}},
            "Not tuned: the learning rate of the arms is 0.001 (a: 0.01), which may suit one better than another.",
        ),
        (
            {"tuning": {"trials_per_arm": 16, "space": {"learning_rate": {}}}},
            "Tuned: each arm chose its own learning_rate in 16 trials",
        ),
        (
            {"tuning": {"trials_per_arm": 1, "space": {"learning_rate": {}}}},
            "Not tuned: each arm has the learning_rate of a single trial",
        ),
    ],
)
def test_a_line_of_the_answer_describes_the_tuning(more: dict[str, Any], expected: str) -> None:
    assert any(point.startswith(expected) for point in answer({"a": LATE, "b": EVEN}, **more).points)


def test_the_other_metrics_are_counted_with_their_largest_effect() -> None:
    found = answer({"a": NEVER, "b": EVEN, "c": NEVER}, {"c": [0.74, 0.76] * 5})
    assert found.points[0] == (
        "Levenshtein accuracy: higher in 1 of 2 comparisons, no difference shown in 1; largest: b against a, +0.245 "
        "(+0.245 to +0.245)."
    )


STEPS = st.lists(st.sampled_from([100.0, 300.0, math.inf]), min_size=7, max_size=7)


@settings(max_examples=30, deadline=None)
@given(st.lists(STEPS, min_size=2, max_size=3), st.sampled_from(["lower", "higher", "different"]))
def test_no_answer_gives_a_ratio_to_an_arm_that_half_of_its_runs_do_not_reach(
    steps: list[list[float]], yes: str
) -> None:
    arms = {f"arm{number}": each for number, each in enumerate(steps)}
    labels = [f"{arm} against arm0" for arm in arms if arm != "arm0"]
    found = answer(arms, decision=declared(*labels, yes=yes))
    arrived = {arm for arm, each in arms.items() if sum(map(math.isfinite, each)) > len(each) / 2}
    for sentence in re.split(r"(?<=\.) ", found.headline):
        if "×" in sentence:
            assert {*re.findall(r"arm\d", sentence), "arm0"} <= arrived
    assert "nan" not in found.headline


def test_an_effect_of_fewer_seeds_than_a_mean_says_so() -> None:
    """The means are over all runs of an arm, the difference over the seeds that both arms have. They may contradict."""
    accuracies = {"a": [0.8] * 6 + [0.2] * 4, "b": [0.9] * 6 + [0.1] * 4}
    primary = {"primary": "levenshtein_accuracy", "decision": declared("b against a", yes="higher")}
    text = answer({"a": EVEN, "b": EVEN}, accuracies, diverged={"a": 2}, **primary).text
    assert ", over the 8 seeds that both have" in text
    assert "that both have" not in answer({"a": EVEN, "b": EVEN}, accuracies, **primary).text
    fewer = answer({"a": LATE, "b": EVEN[:8]}, decision=declared("b against a")).text
    assert ", over the 8 seeds that both have" in fewer
    assert "that both have" not in answer({"a": LATE, "b": EVEN}, decision=declared("b against a")).text
