"""Metrics of a prediction against its target: computed per sequence, then averaged over sequences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import editdistance

EXTRA_SEQUENCE_METRICS = ("first_n", "overlap")
"""Metrics of a sequence that a recipe adds to the tables by naming them in `extra_metrics`."""


@dataclass(frozen=True)
class SequenceMetrics:
    """The metrics of one predicted sequence."""

    distance: int
    """Levenshtein distance: the fewest insertions, deletions and substitutions from prediction to target."""
    levenshtein_accuracy: float
    """1 - distance / max(len(prediction), len(target)); 1 if both are empty."""
    exact_match: bool
    first_n: float
    """The fraction of the target, EOS included, that is right before the first error (the "first n-symbol accuracy" of
    Wang 2023, the "fine" accuracy of Grefenstette et al. 2015)"""
    overlap: float
    """The fraction of the positions of the target, EOS included, at which the prediction has the same token"""


@dataclass(frozen=True)
class Accuracy:
    """Means over `n` sequences. Each sequence has the same weight, whatever its length."""

    n: int
    levenshtein_accuracy: float
    exact_match: float
    first_n: float
    overlap: float


def sequence_metrics(
    prediction: Sequence[int] | Sequence[str], target: Sequence[int] | Sequence[str]
) -> SequenceMetrics:
    """Compares two sequences of non-negative tokens, or of their names, without special tokens."""
    # editdistance compares elements by hash: tensors never match, and negative integers may collide.
    distance = editdistance.eval(list(prediction), list(target))
    longer = max(len(prediction), len(target))
    # None ends both, so EOS counts as a token.
    agrees = [one == other for one, other in zip([*prediction, None], [*target, None], strict=False)]
    first_error = agrees.index(False) if False in agrees else len(agrees)
    return SequenceMetrics(
        distance=distance,
        levenshtein_accuracy=1.0 - distance / longer if longer else 1.0,
        exact_match=distance == 0,
        first_n=first_error / (len(target) + 1),
        overlap=sum(agrees) / (len(target) + 1),
    )


def average(sequences: Sequence[SequenceMetrics]) -> Accuracy:
    """The means over at least one sequence."""
    return Accuracy(
        n=len(sequences),
        levenshtein_accuracy=fmean(sequence.levenshtein_accuracy for sequence in sequences),
        exact_match=fmean(sequence.exact_match for sequence in sequences),
        first_n=fmean(sequence.first_n for sequence in sequences),
        overlap=fmean(sequence.overlap for sequence in sequences),
    )


def average_by_length(sequences: Iterable[tuple[int, SequenceMetrics]]) -> dict[int, Accuracy]:
    """The lengths of sources, each with the metrics of one -> length to the means over its sequences, shortest
    first."""
    groups: defaultdict[int, list[SequenceMetrics]] = defaultdict(list)
    for length, sequence in sequences:
        groups[length].append(sequence)
    return {length: average(groups[length]) for length in sorted(groups)}
