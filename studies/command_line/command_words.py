"""A typed command as the provenance records it, and as the user can repeat it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from results.terminal.command_line import Typed
from studies.engine.storage import redact_url

_PLACES = ("--out", "--storage", "--dask", "--tls-ca", "--tls-cert", "--tls-key")
_FILES = ("--data", "--evaluation-data", "--test-data")


def recorded(typed: Typed, name: str, recorded_name: str) -> list[str]:
    """Without what does not change the measurement: --json, and the places that may name the user, such as --out.

    Data files are recorded by their names alone, and the study by `recorded_name` instead of the typed `name`.
    """
    left_out = (*_PLACES, "--json")
    with_value = tuple(f"{option}=" for option in _PLACES)
    kept = [
        recorded_name if word == name else _without_folder(before, word)
        for before, word in pairwise(["", *typed.words])
        if before not in _PLACES and word not in left_out and not word.startswith(with_value)
    ]
    return [*typed.recorded_program, *kept]


def _without_folder(before: str, word: str) -> str:
    """A data file, after its option or in one word with it, by its name alone; any other word as it is."""
    option, equals, value = word.partition("=")
    if before in _FILES:
        return Path(word).name
    names = [one.removeprefix("--").replace("-", "_") for one in _FILES]
    if equals and (option in _FILES or (before == "--set" and option in names)):
        return f"{option}={Path(value).name}"
    if equals and option == "--set":
        return f"--set={_without_folder('--set', value)}"
    return word


def repeated(typed: Typed) -> list[str]:
    """Without the password in the URL of the storage."""
    words = [
        redact_url(word)
        if before == "--storage"
        else f"--storage={redact_url(word.partition('=')[2])}"
        if word.startswith("--storage=")
        else word
        for before, word in pairwise(["", *typed.words])
    ]
    return [*typed.program, *words]
