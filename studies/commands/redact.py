"""The words of a command as they may be shown: without places in provenance, without a password anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from studies.engine.storage import shown


def without_places(words: Sequence[str]) -> list[str]:
    """The words that say what was measured; where it was kept is no part of that, and may name somebody."""
    places = ("--out", "--storage")
    pairs = zip(["", *words], words, strict=False)
    return [
        word
        for before, word in pairs
        if before not in places and word not in places and not word.startswith(tuple(f"{p}=" for p in places))
    ]


def without_secret(words: Sequence[str]) -> list[str]:
    """The words again, but a storage's URL without its password."""
    pairs = zip(["", *words], words, strict=False)
    return [
        shown(word)
        if before == "--storage"
        else f"--storage={shown(word.partition('=')[2])}"
        if word.startswith("--storage=")
        else word
        for before, word in pairs
    ]
