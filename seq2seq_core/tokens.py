"""Tokens are integers: the special ones first, then the letters. Each has a name, which texts are made of.

`Alphabet` splits, numbers and names letters as `data.Vocabulary` does the characters or words of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

PAD, SOS, EOS, FIRST_LETTER = 0, 1, 2, 3
_NAME = re.compile(r"x[0-9]+|.", re.DOTALL)
"""A digit is no letter, so a text has only one reading."""
_LATER_LETTER = re.compile(r"x([1-9][0-9]{1,9})")


def token_name(token: int) -> str:
    """The name of a token in texts, tables and figures: </s> for EOS, a to z for letters, then x26, x27, ..."""
    letter = token - FIRST_LETTER
    if letter < 0:
        return ("<pad>", "<s>", "</s>")[token]
    return chr(ord("a") + letter) if letter < 26 else f"x{letter}"


@dataclass(frozen=True)
class Alphabet:
    """The letters of a task whose examples are drawn."""

    letters: int
    units: ClassVar[str] = "letters"

    def split(self, text: str) -> list[str]:
        """The names that a text consists of: "abx26" -> a, b, x26."""
        return _NAME.findall(text)

    def token(self, unit: str) -> int | None:
        """The token of a letter; None for one outside the alphabet, and for a name that no letter has, such as "A" or
        "x7"."""
        if "a" <= unit <= "z" and len(unit) == 1:
            letter = ord(unit) - ord("a")
        else:
            later = _LATER_LETTER.fullmatch(unit)
            letter = int(later[1]) if later and int(later[1]) >= 26 else self.letters
        return FIRST_LETTER + letter if letter < self.letters else None

    def text(self, tokens: Iterable[int]) -> str:
        """The text of tokens. A special token has its name in it, such as "<pad>"."""
        return "".join(map(token_name, tokens))

    def name(self, token: int) -> str:
        """The name of a token in tables and figures."""
        return token_name(token)

    @property
    def known(self) -> str:
        """`a, b, c`; of more than 26 letters `a, ..., z, ... x99`."""
        names = [token_name(FIRST_LETTER + letter) for letter in range(min(self.letters, 26))]
        more = [f"... {token_name(FIRST_LETTER + self.letters - 1)}"] if self.letters > 26 else []
        return ", ".join([*names, *more])
