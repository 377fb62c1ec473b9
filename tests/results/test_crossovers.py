"""From which level on one arm needs less than another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.timing.crossovers import Crossover, axis_of, seconds_word
from results.analysis.timing.training_time import TimeRatio
from results.statistics import Interval

WORDS = st.sampled_from(["less", "more", "no difference shown", "not testable"])


@given(st.lists(WORDS, min_size=1, max_size=6), st.randoms())
def test_from_the_crossover_on_the_first_arm_needs_less_at_every_level(words: list[Any], random: Any) -> None:
    points = [(10 * 2**place, word) for place, word in enumerate(words)]
    shuffled = random.sample(points, len(points))
    crossover = Crossover.of(shuffled)
    assert list(crossover.points) == points
    if crossover.bracket is None:
        assert words[-1] != "less"
        return
    before, start = crossover.bracket
    assert all(word == "less" for level, word in points if level >= start)
    assert [level for level, word in points if level < start][-1:] == ([] if before is None else [before])
    assert before is None or dict(points)[before] != "less"


def test_a_crossover_as_text_groups_the_levels_that_agree() -> None:
    words: list[Any] = ["more", "less", "less", "not testable"]
    assert Crossover.of(zip((10, 20, 40, 80), words, strict=True)).text() == (
        "more at 10, less from 20 to 40, not testable at 80"
    )


@pytest.mark.parametrize(
    ("reached", "ratio", "word"),
    [
        ((True, True), 0.5, "less"),
        ((True, True), 2.0, "more"),
        ((True, False), 0.5, "less"),
        ((True, False), 2.0, "no difference shown"),
        ((False, True), 2.0, "more"),
        ((False, True), 0.5, "no difference shown"),
        ((False, False), 0.5, "no difference shown"),
    ],
)
def test_an_arm_that_does_not_reach_99_is_only_shown_to_need_more(
    reached: tuple[bool, bool], ratio: float, word: str
) -> None:
    verdict = "lower" if ratio < 1 else "higher"
    one = TimeRatio(
        comparison=cast("Any", SimpleNamespace(levels={})),
        step=Interval(1, 1, 1, 10),
        judged=cast("Any", SimpleNamespace(verdict=verdict)),
        reached=reached,
    )
    assert seconds_word(one) == word


@pytest.mark.parametrize(
    ("factors", "axis"),
    [
        ({}, None),
        ({"max_length": [10]}, None),
        ({"max_length": [10, 20]}, "max_length"),
        ({"dropout": [0.0, 0.5]}, "dropout"),
        ({"cell": ["gru", "lstm"]}, None),
        ({"bidirectional": [True, False]}, None),
        ({"max_length": [10, 20], "cell": ["gru"]}, None),
    ],
)
def test_a_study_has_crossovers_along_its_only_factor_of_numbers(factors: Any, axis: str | None) -> None:
    assert axis_of(factors) == axis
