"""Tokens are integers: the special ones first, then the letters."""

from __future__ import annotations

PAD, SOS, EOS, FIRST_LETTER = 0, 1, 2, 3


def token_name(token: int) -> str:
    """The name of a token in tables and figures: </s> for EOS, a to z for letters, then x26, x27, ..."""
    letter = token - FIRST_LETTER
    if letter < 0:
        return ("<pad>", "<s>", "</s>")[token]
    return chr(ord("a") + letter) if letter < 26 else f"x{letter}"
