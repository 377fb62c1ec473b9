"""How good a prediction is: per-sequence figures first, aggregates after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import editdistance


@dataclass(frozen=True)
class SequenceScore:
    """The figures of one predicted sequence."""

    length: int
    """Tokens in the target, EOS not counted."""
    distance: int
    """Levenshtein distance: insertions, deletions and substitutions from prediction to target."""
    levenshtein_accuracy: float
    """1 - distance / max(len(prediction), len(target)); 1 if both are empty."""
    exact_match: bool


@dataclass(frozen=True)
class Accuracy:
    """Means over sequences, each of the same weight."""

    n: int
    levenshtein_accuracy: float
    exact_match: float


def score_sequence(prediction: Sequence[int], target: Sequence[int]) -> SequenceScore:
    """Compares two sequences of non-negative tokens, special ones removed."""
    # editdistance tells elements apart by their hash, so they have to be plain, non-negative integers.
    distance = editdistance.eval(list(prediction), list(target))
    longer = max(len(prediction), len(target))
    return SequenceScore(
        length=len(target),
        distance=distance,
        levenshtein_accuracy=1.0 - distance / longer if longer else 1.0,
        exact_match=distance == 0,
    )


def average(scores: Sequence[SequenceScore]) -> Accuracy:
    """The means over a set of sequences, which has to have one at least."""
    return Accuracy(
        n=len(scores),
        levenshtein_accuracy=fmean(score.levenshtein_accuracy for score in scores),
        exact_match=fmean(score.exact_match for score in scores),
    )


def average_by_length(scores: Sequence[SequenceScore]) -> dict[int, Accuracy]:
    """The means for each target length, shortest first."""
    groups: defaultdict[int, list[SequenceScore]] = defaultdict(list)
    for score in scores:
        groups[score.length].append(score)
    return {length: average(groups[length]) for length in sorted(groups)}
