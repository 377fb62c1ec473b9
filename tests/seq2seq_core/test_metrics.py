"""Levenshtein accuracy and exact match agree with another library and with cases computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from seq2seq_core.evaluation.metrics import average, average_by_length, sequence_metrics

SEQUENCES = st.lists(st.integers(0, 6), max_size=12)


@given(SEQUENCES, SEQUENCES)
def test_metrics_agree_with_another_library(prediction: list[int], target: list[int]) -> None:
    metrics = sequence_metrics(prediction, target)
    assert metrics.distance == Levenshtein.distance(prediction, target)
    assert metrics.levenshtein_accuracy == pytest.approx(Levenshtein.normalized_similarity(prediction, target))
    assert metrics.exact_match == (prediction == target)


@given(SEQUENCES, SEQUENCES)
def test_first_n_and_overlap_count_positions_of_the_target_and_its_end(
    prediction: list[int], target: list[int]
) -> None:
    metrics = sequence_metrics(prediction, target)
    right = [
        prediction[place : place + 1] == target[place : place + 1] and place <= len(prediction)
        for place in range(len(target) + 1)
    ]
    assert metrics.overlap == pytest.approx(sum(right) / (len(target) + 1))
    before = next((place for place, one in enumerate(right) if not one), len(right))
    assert metrics.first_n == pytest.approx(before / (len(target) + 1))
    assert (metrics.first_n == 1) == (metrics.overlap == 1) == metrics.exact_match


@pytest.mark.parametrize(
    ("prediction", "target", "first_n", "overlap"),
    [
        ([3, 4, 5], [3, 4, 5], 1, 1),
        ([3, 9, 5], [3, 4, 5], 0.25, 0.75),
        ([3, 4], [3, 4, 5], 0.5, 0.5),
        ([3, 4, 5, 6], [3, 4, 5], 0.75, 0.75),
        ([], [], 1, 1),
    ],
)
def test_known_cases_of_first_n_and_overlap(
    prediction: list[int], target: list[int], first_n: float, overlap: float
) -> None:
    metrics = sequence_metrics(prediction, target)
    assert (metrics.first_n, metrics.overlap) == (first_n, overlap)


@given(SEQUENCES, st.integers(1, 5))
def test_a_prefix_of_the_target_is_not_right(target: list[int], cut: int) -> None:
    prediction = (target + [1] * cut)[: len(target)]
    shorter = sequence_metrics(prediction, target + [1] * cut)
    assert not shorter.exact_match
    assert shorter.levenshtein_accuracy == pytest.approx(len(target) / (len(target) + cut))


@pytest.mark.parametrize(
    ("prediction", "target", "accuracy"),
    [([], [], 1.0), ([], [3], 0.0), ([3], [], 0.0), ([3, 4, 5, 6], [6, 5, 4, 3], 0.0), ([3, 4], [3, 5], 0.5)],
)
def test_known_cases(prediction: list[int], target: list[int], accuracy: float) -> None:
    assert sequence_metrics(prediction, target).levenshtein_accuracy == accuracy


def test_every_sequence_has_the_same_weight() -> None:
    # Weighted by tokens, as the article's metric is, this would be 100/101.
    sequences = [sequence_metrics([3] * 100, [3] * 100), sequence_metrics([3], [4])]
    assert average(sequences).levenshtein_accuracy == 0.5
    assert average(sequences).exact_match == 0.5


@given(st.lists(st.tuples(SEQUENCES, SEQUENCES), min_size=1, max_size=10))
def test_groups_by_length_partition_the_sequences(pairs: list[tuple[list[int], list[int]]]) -> None:
    sequences = [sequence_metrics(prediction, target) for prediction, target in pairs]
    lengths = [len(prediction) for prediction, _ in pairs]
    groups = average_by_length(zip(lengths, sequences, strict=True))
    assert list(groups) == sorted(set(lengths))
    assert sum(group.n for group in groups.values()) == len(pairs)
    total = sum(group.n * group.levenshtein_accuracy for group in groups.values())
    assert total / len(pairs) == pytest.approx(average(sequences).levenshtein_accuracy)
