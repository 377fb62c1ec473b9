"""The profiles: smoke checks that everything runs, quick takes minutes on two cores, full measures the complete maps.

Lengths are in tokens. The targets of a score have at most 200 tokens, and at most 50 with 256 channels: `concat` makes
a (B,T,S,Q+H) tensor, which takes over a gigabyte there with its gradients. The plane of length and padding is complete
at one batch and hidden size, and smaller at others: torch's packed recurrences take seconds at length 1000.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchmarks.timing.round_count import RoundLimits
from seq2seq_core.layers.cells import CELLS


@dataclass(frozen=True, kw_only=True)
class EncoderPlane:
    """Cases of the encoder: each cell, in one and two directions, at each length and padding ratio."""

    lengths: tuple[int, ...]
    padding_ratios: tuple[float, ...]
    cells: tuple[str, ...] = tuple(CELLS)
    batch: int = 32
    hidden_size: int = 64


@dataclass(frozen=True, kw_only=True)
class ScorePlane:
    """Cases of the scores: each score at each pair of lengths. A target of length 1 is a single step."""

    target_lengths: tuple[int, ...]
    source_lengths: tuple[int, ...]
    hidden_size: int = 64
    compiled: bool = True
    """Whether targets of several steps have the candidate `additive_compiled`; compiling takes ten seconds a case."""


SHORT, MIDDLE, LONG = (5, 14), (30, 59), (100, 199)
"""The shortest and the longest source of a training batch."""


@dataclass(frozen=True, kw_only=True)
class TrainingPlane:
    """Training steps beside those of another library: each cell at each hidden size and pair of lengths."""

    cells: tuple[str, ...]
    hidden_sizes: tuple[int, ...]
    lengths: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class PeerCases:
    """Cases of the comparison with other libraries."""

    threads: tuple[int, ...] = (1, 2)
    training: tuple[TrainingPlane, ...]
    """Training steps with an aim, each with the cell and with the attention first."""
    batches: tuple[int, ...] = (32,)
    """Batch sizes of training steps with an aim; those without have the first."""
    training_without_aim: TrainingPlane
    greedy: tuple[tuple[str, int], ...]
    """Cells and hidden sizes of greedy decoding."""
    long_decoding: tuple[tuple[str, int], ...]
    """Scores that use the previous alignment, and the steps for which they decode 1,000 letters."""
    energies_sizes: tuple[int, ...]
    """Channels of additive energies."""
    encoder_lengths: tuple[int, ...]
    metric_pairs: int
    compiled: bool = False
    """Whether our side is also measured compiled; compiling takes ten seconds a case."""
    limits: RoundLimits
    """Precision and time of the rounds of one case. Cases with an aim need narrow intervals."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    encoder: tuple[EncoderPlane, ...]
    score: tuple[ScorePlane, ...]
    hidden_sizes: tuple[int, ...]
    """Hidden sizes of decoders and of models in training."""
    decoder_lengths: tuple[int, ...]
    greedy_batches: tuple[int, ...]
    greedy_lengths: tuple[int, ...]
    training_lengths: tuple[tuple[int, int], ...]
    """Shortest and longest source of a training batch."""
    metric_pairs: int
    """The number of examples in an evaluation."""
    metric_lengths: tuple[int, ...]
    peers: PeerCases
    limits: RoundLimits
    """Precision and time of the rounds of one case."""


PROFILES = {
    "smoke": Profile(
        encoder=(EncoderPlane(lengths=(10, 40), padding_ratios=(0.0, 0.5), cells=("gru", "lstm")),),
        score=(ScorePlane(target_lengths=(1, 10), source_lengths=(10, 40), compiled=False),),
        hidden_sizes=(64,),
        decoder_lengths=(10,),
        greedy_batches=(32,),
        greedy_lengths=(10,),
        training_lengths=(SHORT,),
        metric_pairs=100,
        metric_lengths=(10,),
        peers=PeerCases(
            threads=(1,),
            training=(TrainingPlane(cells=("gru", "lstm", "rnn"), hidden_sizes=(64,), lengths=(SHORT,)),),
            training_without_aim=TrainingPlane(cells=("gru", "lstm"), hidden_sizes=(64,), lengths=(SHORT,)),
            greedy=(("gru", 64), ("lstm", 64)),
            long_decoding=(("shift", 100),),
            energies_sizes=(64,),
            encoder_lengths=(100,),
            metric_pairs=200,
            limits=RoundLimits(width=0.2, seconds=0.15, least=6, most=50),
        ),
        limits=RoundLimits(width=0.2, seconds=0.15, least=6, most=50),
    ),
    "quick": Profile(
        encoder=(EncoderPlane(lengths=(10, 50, 200), padding_ratios=(0.0, 0.5, 0.75), cells=("gru", "lstm")),),
        score=(ScorePlane(target_lengths=(1, 50), source_lengths=(10, 50, 200), compiled=False),),
        hidden_sizes=(64,),
        decoder_lengths=(10, 50, 100),
        greedy_batches=(32, 256),
        greedy_lengths=(10, 50),
        training_lengths=(SHORT, MIDDLE, LONG),
        metric_pairs=1000,
        metric_lengths=(50,),
        peers=PeerCases(
            training=(
                TrainingPlane(cells=("gru", "lstm", "rnn"), hidden_sizes=(64,), lengths=(SHORT, MIDDLE, LONG)),
                TrainingPlane(cells=("gru",), hidden_sizes=(256,), lengths=(SHORT, MIDDLE)),
                TrainingPlane(cells=("lstm",), hidden_sizes=(256,), lengths=(SHORT, MIDDLE, LONG)),
            ),
            training_without_aim=TrainingPlane(cells=("gru", "lstm"), hidden_sizes=(64,), lengths=(SHORT, MIDDLE)),
            greedy=(("gru", 64), ("lstm", 64), ("gru", 256)),
            long_decoding=(("location", 100), ("shift", 1000), ("one_step", 1000)),
            energies_sizes=(64,),
            encoder_lengths=(100,),
            metric_pairs=1000,
            limits=RoundLimits(width=0.05, seconds=1.0, least=6, most=200),
        ),
        limits=RoundLimits(width=0.05, seconds=0.6, least=6, most=200),
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
        training_lengths=(SHORT, MIDDLE, LONG),
        metric_pairs=1000,
        metric_lengths=(10, 50, 100),
        peers=PeerCases(
            training=(
                TrainingPlane(cells=("gru", "lstm", "rnn"), hidden_sizes=(64, 256), lengths=(SHORT, MIDDLE, LONG)),
            ),
            batches=(32, 64),
            training_without_aim=TrainingPlane(
                cells=("gru", "lstm"), hidden_sizes=(64, 256), lengths=(SHORT, MIDDLE, LONG)
            ),
            greedy=(("gru", 64), ("lstm", 64), ("gru", 256), ("lstm", 256)),
            long_decoding=(("location", 1000), ("shift", 1000), ("one_step", 1000)),
            energies_sizes=(64, 256),
            encoder_lengths=(100, 400),
            metric_pairs=10_000,
            compiled=True,
            limits=RoundLimits(width=0.03, seconds=3.0, least=6, most=1000),
        ),
        limits=RoundLimits(width=0.03, seconds=3.0, least=6, most=1000),
    ),
}


def profile_of(config: pytest.Config) -> Profile:
    """The profile that is chosen by --profile or --retrograde-profile."""
    return PROFILES[config.getoption("retrograde_profile")]
