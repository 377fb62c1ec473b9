"""The word of an answer follows from the verdicts of the comparisons that decide."""

from __future__ import annotations

import pytest
from synthetic_answers import EVEN, LATE, MIXED, answer, declared

from results.errors import InputError


@pytest.mark.parametrize(
    ("steps", "yes", "word"),
    [
        ({"a": LATE, "b": EVEN, "c": EVEN}, "lower", "Yes"),
        ({"a": LATE, "b": EVEN, "c": EVEN}, "higher", "No"),
        ({"a": LATE, "b": EVEN, "c": EVEN}, "different", "Yes"),
        ({"a": EVEN, "b": LATE, "c": LATE}, "lower", "No"),
        ({"a": [500.0] * 10, "b": EVEN, "c": LATE}, "lower", "Depends"),
        ({"a": [500.0] * 10, "b": EVEN, "c": LATE}, "different", "Yes"),
        ({"a": [500.0] * 10, "b": EVEN, "c": MIXED}, "lower", "Yes, in 1 of 2 comparisons"),
        ({"a": [500.0] * 10, "b": EVEN, "c": MIXED}, "different", "Yes, in 1 of 2 comparisons"),
        ({"a": [500.0] * 10, "b": EVEN, "c": MIXED, "d": MIXED}, "lower", "Not shown in 2 of 3 comparisons, yes in 1"),
        (
            {"a": [500.0] * 10, "b": EVEN, "c": MIXED, "d": [500.0] * 10, "e": [500.0] * 10, "f": MIXED},
            "lower",
            "Not shown in 2 of 5 comparisons, not testable in 2, yes in 1",
        ),
        (
            {"a": [500.0] * 10, "b": LATE, "c": MIXED},
            "lower",
            "Not shown, and the opposite in 1 of 2 comparisons",
        ),
        ({"a": [500.0] * 10, "b": MIXED, "c": MIXED}, "lower", "Not shown"),
        ({"a": [500.0] * 10, "b": MIXED, "c": MIXED}, "different", "Not shown"),
        ({"a": LATE[:3], "b": EVEN[:3], "c": EVEN[:3]}, "lower", "Not enough seeds"),
    ],
)
def test_the_word_follows_from_the_verdicts(steps: dict[str, list[float]], yes: str, word: str) -> None:
    labels = [f"{arm} against a" for arm in steps if arm != "a"]
    assert answer(steps, decision=declared(*labels, yes=yes)).word == word


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ({"a": LATE, "b": EVEN, "c": EVEN}, "Difference shown"),
        ({"a": [500.0] * 10, "b": EVEN, "c": MIXED}, "Difference shown in 1 of 2 comparisons"),
        ({"a": [500.0] * 10, "b": MIXED}, "No difference shown"),
        ({"a": LATE[:3], "b": EVEN[:3]}, "Not enough seeds"),
        ({"a": LATE}, ""),
    ],
)
def test_without_a_declaration_the_word_says_whether_a_difference_is_shown(
    steps: dict[str, list[float]], word: str
) -> None:
    assert answer(steps).word == word


def test_the_word_follows_only_from_the_comparisons_that_decide() -> None:
    found = answer({"a": [500.0] * 10, "b": EVEN, "c": LATE}, decision=declared("b against a"))
    assert found.word == "Yes"
    assert "with c" not in found.text.lower()


def test_levels_that_differ_are_named_in_the_word() -> None:
    levels = {8: {"a": LATE, "b": EVEN}, 16: {"a": EVEN, "b": LATE}, 32: {"a": [500.0] * 10, "b": MIXED}}
    decision = declared("b against a")
    decision["phrases"] = {"max_length = 16": "with long strings"}
    found = answer({}, levels=levels, decision=decision)
    assert found.word == "Yes at max_length = 8, no with long strings, not shown at max_length = 32"
    assert "At max_length = 8, with b, half" in found.text
    assert "With long strings, with b, half" in found.text
    assert "No difference is shown for b against a at max_length = 32 (smallest detectable effect, " in found.text
    levels = {8: {"a": [500.0] * 10, "b": EVEN, "c": EVEN}, 16: {"a": [500.0] * 10, "b": MIXED, "c": MIXED}}
    found = answer({}, levels=levels, decision=declared("b against a", "c against a"))
    assert found.word == "Yes at max_length = 8, not shown at max_length = 16"
    assert (
        "At max_length = 16, no difference is shown in 2 comparisons (smallest detectable effect, 80% power: "
        in found.text
    )


def test_levels_at_which_comparisons_differ_are_counted() -> None:
    levels = {8: {"a": [500.0] * 10, "b": EVEN, "c": MIXED}, 16: {"a": [500.0] * 10, "b": MIXED, "c": MIXED}}
    found = answer({}, levels=levels, decision=declared("b against a", "c against a"))
    assert found.word == "Not shown in 3 of 4 comparisons, yes in 1"
    assert "No difference is shown in 3 other comparisons (" in found.text


def test_a_decision_on_a_comparison_that_the_study_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="decision names 'c against a'; expected one of b against a"):
        answer({"a": LATE, "b": EVEN}, decision=declared("c against a"))


@pytest.mark.parametrize(
    ("steps", "yes", "word"),
    [
        ({"a": LATE, "b": EVEN}, "lower", "Yes (2 of 3 comparisons left out)"),
        ({"a": EVEN, "b": LATE}, "lower", "No (2 of 3 comparisons left out)"),
        ({"a": LATE, "b": EVEN}, "different", "Yes (2 of 3 comparisons left out)"),
        ({"a": LATE[:3], "b": EVEN[:3]}, "lower", "Not enough seeds (2 of 3 comparisons left out)"),
    ],
)
def test_the_answer_of_some_arms_says_that_the_others_were_left_out(
    steps: dict[str, list[float]], yes: str, word: str
) -> None:
    decision = {**declared("b against a", yes=yes), "left_out": ["c against a", "d against a"]}
    found = answer(steps, decision=decision)
    assert found.word == word
    at_two = answer({}, levels={8: steps, 16: steps}, decision=decision)
    assert at_two.word == word.replace("2 of 3", "4 of 6")
    (caution,) = found.cautions
    assert caution.endswith("were left out, with their arms: c against a and d against a.")


@pytest.mark.parametrize("steps", [{"b": EVEN}, {"b": EVEN, "c": LATE}])
def test_arms_that_cannot_answer_the_question_give_no_answer(steps: dict[str, list[float]]) -> None:
    found = answer(steps, decision={**declared(), "left_out": ["b against a", "c against a"]})
    assert found.word == "Not answered"
    assert found.text.endswith("were left out, with their arms: b against a and c against a.")
    assert answer(steps, profile="smoke", decision={**declared(), "left_out": ["b against a"]}).word == "No verdict"


def test_an_arm_that_reaches_99_before_the_first_step_has_the_largest_effect() -> None:
    """Its ratio of steps is 0, which has no logarithm. The first evaluation of some recipes is before any step."""
    arms = {"none": LATE, "dot": EVEN, "copy": [0.0] * 10, "general": EVEN}
    found = answer(arms, decision=declared(*(f"{arm} against none" for arm in arms if arm != "none")))
    assert found.text.startswith("With copy, half of the runs reach 99% Levenshtein accuracy within 0 steps, ")


def test_comparisons_that_are_not_testable_are_named_beside_those_without_a_difference() -> None:
    found = answer({"a": [500.0] * 10, "b": MIXED, "c": [500.0] * 10}, decision=declared("b against a", "c against a"))
    assert found.word.startswith("Not shown")
    assert "C against a is not testable" in found.text
