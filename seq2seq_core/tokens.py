"""Tokens are integers: the special ones first, then the letters. Each has a name, which texts are made of."""

from __future__ import annotations

import re

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


def letter_token(name: str) -> int | None:
    """The token of a letter; None for a name that no letter has, such as "A" or "x7"."""
    if "a" <= name <= "z" and len(name) == 1:
        return FIRST_LETTER + ord(name) - ord("a")
    later = _LATER_LETTER.fullmatch(name)
    return FIRST_LETTER + int(later[1]) if later and int(later[1]) >= 26 else None


def split_letters(text: str) -> list[str]:
    """The names that a text consists of: "abx26" -> a, b, x26."""
    return _NAME.findall(text)
