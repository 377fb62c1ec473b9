"""The machine's own limits, and how near to them a case comes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """The least work that a case asks for, however it is computed; padding is never part of it."""

    flop: float
    """Of its products of matrices: two for each multiply-add."""
    tanh: float
    """Sigmoids and tanhs, in elements."""
    bytes: float
    """That have to be read or written once, even if everything else stayed in registers."""
