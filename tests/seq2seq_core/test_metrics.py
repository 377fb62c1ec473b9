"""Levenshtein accuracy and exact match, held against another library and against what a distance has to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from seq2seq_core.evaluation.metrics import average, average_by_length, score_sequence

SEQUENCES = st.lists(st.integers(0, 6), max_size=12)


@given(SEQUENCES, SEQUENCES)
def test_the_figures_agree_with_another_library(prediction: list[int], target: list[int]) -> None:
    score = score_sequence(prediction, target)
    assert score.distance == Levenshtein.distance(prediction, target)
    assert score.levenshtein_accuracy == pytest.approx(Levenshtein.normalized_similarity(prediction, target))
    assert score.exact_match == (prediction == target)
    assert score.length == len(target)


@given(SEQUENCES, st.integers(1, 5))
def test_a_cut_off_answer_is_not_right(target: list[int], cut: int) -> None:
    prediction = (target + [1] * cut)[: len(target)]
    shorter = score_sequence(prediction, target + [1] * cut)
    assert not shorter.exact_match
    assert shorter.levenshtein_accuracy == pytest.approx(len(target) / (len(target) + cut))


@pytest.mark.parametrize(
    ("prediction", "target", "accuracy"),
    [([], [], 1.0), ([], [3], 0.0), ([3], [], 0.0), ([3, 4, 5, 6], [6, 5, 4, 3], 0.0), ([3, 4], [3, 5], 0.5)],
)
def test_known_cases(prediction: list[int], target: list[int], accuracy: float) -> None:
    assert score_sequence(prediction, target).levenshtein_accuracy == accuracy


def test_a_sequence_counts_once_however_long_it_is() -> None:
    # Over the tokens of the set, this would be 100/101; the article's figure is of that kind.
    scores = [score_sequence([3] * 100, [3] * 100), score_sequence([3], [4])]
    assert average(scores).levenshtein_accuracy == 0.5
    assert average(scores).exact_match == 0.5


@given(st.lists(st.tuples(SEQUENCES, SEQUENCES), min_size=1, max_size=10))
def test_the_lengths_partition_the_set(pairs: list[tuple[list[int], list[int]]]) -> None:
    scores = [score_sequence(prediction, target) for prediction, target in pairs]
    groups = average_by_length(scores)
    assert list(groups) == sorted({len(target) for _, target in pairs})
    assert sum(group.n for group in groups.values()) == len(pairs)
    total = sum(group.n * group.levenshtein_accuracy for group in groups.values())
    assert total / len(pairs) == pytest.approx(average(scores).levenshtein_accuracy)
