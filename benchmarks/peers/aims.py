"""The aims: how many times as long as this package the other side should take at least."""

from __future__ import annotations

from benchmarks.session.profiles import LONG, MIDDLE, SHORT

CELL_FIRST, ATTENTION_FIRST = "general", "additive, attention first"
"""The names of the training steps that are timed beside joeynmt's."""

_RNN = (2.0, 2.0, 2.0)
_TRAINING = {
    ("gru", CELL_FIRST, 64): (2.7, 3.0, 4.0),
    ("gru", CELL_FIRST, 256): (2.3, 3.0, 4.0),
    ("gru", ATTENTION_FIRST, 64): (2.2, 2.0, 2.0),
    ("gru", ATTENTION_FIRST, 256): (1.9, 2.0, 2.0),
    ("lstm", CELL_FIRST, 64): (2.0, 2.5, 3.5),
    ("lstm", CELL_FIRST, 256): (2.0, 2.5, 3.5),
    ("lstm", ATTENTION_FIRST, 64): (1.8, 2.0, 2.5),
    ("lstm", ATTENTION_FIRST, 256): (1.8, 2.0, 2.5),
    ("rnn", CELL_FIRST, 64): _RNN,
    ("rnn", CELL_FIRST, 256): _RNN,
    ("rnn", ATTENTION_FIRST, 64): _RNN,
    ("rnn", ATTENTION_FIRST, 256): _RNN,
}
"""Cell, name and hidden size -> the aims at 5 to 14, 30 to 59 and 100 to 199 letters."""
_LONGEST = [longest for _, longest in (SHORT, MIDDLE, LONG)]

GREEDY = {64: 3.5, 256: 3.0}
"""Hidden size -> the aim of greedy decoding."""
PREVIOUS_ALIGNMENT = 2.5
"""The aim of training steps and greedy decoding with a score that uses the previous alignment."""
ENCODER = {0.1: 2.5, 0.5: 1.5}
"""Padding ratio -> the aim of the encoder."""
METRIC = 10.0
ENERGIES, ENERGIES_MEMORY = 3.0, 8.0
"""Of the additive energies, with 64 channels: the aim of the time, and how many times as many bytes at least."""


def training_aim(cell: str, name: str, size: int, longest: int) -> float:
    """The aim of a training step whose sources have up to `longest` letters."""
    return _TRAINING[cell, name, size][_LONGEST.index(longest)]
