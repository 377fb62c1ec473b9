"""How much is measured: smoke shows that everything runs, quick answers on two cores, full answers as well as this can.

Lengths are in tokens. A score's targets stop at 200, and at 50 with 256 channels: `concat` makes a (B,T,S,Q+H) tensor,
over a gigabyte with its gradients there. The whole plane of length and padding is measured at one batch and one hidden
size, and a part of it at a larger one of either: torch's packed recurrences take seconds at length 1000 as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchmarks.timing.round_count import Limits
from seq2seq_core.layers.cells import CELLS


@dataclass(frozen=True, kw_only=True)
class EncoderPlane:
    """A part of the encoder's map: each cell, in one and two directions, at each length and padding ratio."""

    lengths: tuple[int, ...]
    padding_ratios: tuple[float, ...]
    cells: tuple[str, ...] = tuple(CELLS)
    batch: int = 32
    hidden_size: int = 64


@dataclass(frozen=True, kw_only=True)
class ScorePlane:
    """A part of the scores' map: each score at each pair of lengths; a target of 1 is a single step."""

    target_lengths: tuple[int, ...]
    source_lengths: tuple[int, ...]
    hidden_size: int = 64
    compiled: bool = True
    """Whether the arm that `torch.compile` works on, for ten seconds a case, is there at whole targets."""


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What is timed beside peers."""

    threads: tuple[int, ...] = (1, 2)
    hidden_sizes: tuple[int, ...] = (64, 256)
    unasked_hidden_sizes: tuple[int, ...] = (64,)
    """Of matches in which ours is not asked to be a number of times faster."""
    batches: tuple[int, ...] = (32,)
    """Of training steps; matches of which nothing is asked are timed at the first."""
    lengths: tuple[tuple[int, int], ...] = ((5, 14), (30, 59), (100, 199))
    encoder_lengths: tuple[int, ...] = (100, 400)
    metric_pairs: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Profile:
    encoder: tuple[EncoderPlane, ...]
    score: tuple[ScorePlane, ...]
    hidden_sizes: tuple[int, ...]
    """Of decoders and of whole models in training."""
    decoder_lengths: tuple[int, ...]
    greedy_batches: tuple[int, ...]
    greedy_lengths: tuple[int, ...]
    training_lengths: tuple[tuple[int, int], ...]
    """Ranges of lengths that a training batch is drawn from, both ends included."""
    metric_pairs: int
    """Sequences of an evaluation."""
    metric_lengths: tuple[int, ...]
    peers: Matches
    limits: Limits
    """The rounds of one case."""


PROFILES = {
    "smoke": Profile(
        encoder=(EncoderPlane(lengths=(10, 40), padding_ratios=(0.0, 0.5), cells=("gru", "lstm")),),
        score=(ScorePlane(target_lengths=(1, 10), source_lengths=(10, 40), compiled=False),),
        hidden_sizes=(64,),
        decoder_lengths=(10,),
        greedy_batches=(32,),
        greedy_lengths=(10,),
        training_lengths=((5, 14),),
        metric_pairs=100,
        metric_lengths=(10,),
        peers=Matches(threads=(1,), hidden_sizes=(64,), lengths=((5, 14),), encoder_lengths=(100,), metric_pairs=500),
        limits=Limits(width=0.2, seconds=0.15, least=7, most=50),
    ),
    "quick": Profile(
        encoder=(EncoderPlane(lengths=(10, 50, 200), padding_ratios=(0.0, 0.25, 0.5, 0.75), cells=("gru", "lstm")),),
        score=(ScorePlane(target_lengths=(1, 50), source_lengths=(10, 50, 200)),),
        hidden_sizes=(64,),
        decoder_lengths=(10, 50, 100),
        greedy_batches=(32, 256),
        greedy_lengths=(10, 50),
        training_lengths=((5, 14), (30, 59), (100, 199)),
        metric_pairs=1000,
        metric_lengths=(50,),
        peers=Matches(),
        limits=Limits(width=0.05, seconds=0.6, least=7, most=200),
    ),
    "full": Profile(
        encoder=(
            EncoderPlane(lengths=(10, 20, 50, 100, 200, 500, 1000), padding_ratios=(0.0, 0.25, 0.5, 0.75)),
            EncoderPlane(
                lengths=(10, 50, 200), padding_ratios=(0.0, 0.25, 0.5, 0.75), cells=("gru", "lstm"), batch=128
            ),
            EncoderPlane(
                lengths=(10, 50, 200), padding_ratios=(0.0, 0.25, 0.5, 0.75), cells=("gru", "lstm"), hidden_size=256
            ),
        ),
        score=(
            ScorePlane(target_lengths=(1, 10, 50, 200), source_lengths=(10, 50, 200)),
            ScorePlane(target_lengths=(1,), source_lengths=(20, 100, 500, 1000)),
            ScorePlane(target_lengths=(1, 50), source_lengths=(10, 50, 200), hidden_size=256),
        ),
        hidden_sizes=(64, 256),
        decoder_lengths=(10, 20, 50, 100, 200),
        greedy_batches=(32, 256),
        greedy_lengths=(10, 50, 100, 200),
        training_lengths=((5, 14), (30, 59), (100, 199)),
        metric_pairs=1000,
        metric_lengths=(10, 50, 100),
        peers=Matches(unasked_hidden_sizes=(64, 256), batches=(32, 64)),
        limits=Limits(width=0.03, seconds=3.0, least=7, most=1000),
    ),
}


def profile_of(config: pytest.Config) -> Profile:
    """The profile that --profile, or --retrograde-profile, names."""
    return PROFILES[config.getoption("retrograde_profile")]
