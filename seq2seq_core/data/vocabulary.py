"""Texts as sequences of units, characters or whitespace-separated tokens, and the numbers of these units.

The vocabulary holds the units of the training pairs, sources and targets together, in the order of their code points.
Its first token is the unknown one: it stands for every other unit. Training pairs have none of these, so a model never
learns to write it, and an unknown unit in a target counts as an error whatever is predicted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from seq2seq_core.tokens import FIRST_LETTER, token_name

UNITS = ("characters", "tokens")
UNKNOWN = FIRST_LETTER
UNKNOWN_NAME = "<unk>"


@dataclass(frozen=True)
class Vocabulary:
    """The known units, such as ("a", "b"). Their tokens follow that of the unknown one."""

    units: str
    """One of `UNITS`."""
    symbols: tuple[str, ...]

    def split(self, text: str) -> list[str]:
        """The units of a text: its characters (code points), or its words between whitespace."""
        return split(text, self.units)

    def token(self, unit: str) -> int:
        """The token of a unit; that of an unknown one is `UNKNOWN`."""
        return self._numbers.get(unit, UNKNOWN)

    def tokens(self, units: Iterable[str]) -> list[int]:
        """The token of each unit."""
        return [*map(self.token, units)]

    def text(self, tokens: Iterable[int]) -> str:
        """The text of tokens. A special token has its name in it, such as "<unk>"."""
        return ("" if self.units == "characters" else " ").join(map(self._unit, tokens))

    def name(self, token: int) -> str:
        """The name of a token in tables and figures, where whitespace and control characters must be visible."""
        return "".join(
            "␣" if character == " " else character if character.isprintable() else repr(character)[1:-1]
            for character in self._unit(token)
        )

    def _unit(self, token: int) -> str:
        if token < UNKNOWN:
            return token_name(token)
        return UNKNOWN_NAME if token == UNKNOWN else self.symbols[token - UNKNOWN - 1]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {symbol: token for token, symbol in enumerate(self.symbols, start=UNKNOWN + 1)}


def split(text: str, units: str) -> list[str]:
    """The units of a text."""
    return list(text) if units == "characters" else text.split()


def vocabulary_of(texts: Iterable[str], units: str) -> Vocabulary:
    """The vocabulary of the training texts."""
    return Vocabulary(units, tuple(sorted({unit for text in texts for unit in split(text, units)})))
