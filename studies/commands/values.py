"""Settings, arms and seeds as the user writes them: from text to values, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import click

from studies import LARGEST_SEED, MAX_SEEDS


def setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE; the value is JSON or a word such as lstm, and `none` stands for null."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.BadParameter(f"{text!r} is refused; expected KEY=VALUE, such as hidden_size=128")
    if value == "none":
        return key, None
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):  # a word, or brackets that are nested too deep
        return key, value


def setting_text(value: Any) -> str:
    """The value of a setting as the user writes it after --set."""
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)


def levels_in(text: str) -> tuple[str, list[Any]]:
    """FACTOR=LEVELS -> the factor, and the values that stand between commas."""
    factor, _, values = text.partition("=")
    if not factor or not all(values.split(",")):
        raise click.BadParameter(f"{text!r} is refused; expected FACTOR=LEVELS, such as max_length=10,40")
    return factor, [setting(f"{factor}={value}")[1] for value in values.split(",")]


def added_arm(text: str) -> tuple[str, dict[str, Any]]:
    """NAME: KEY=VALUE ... -> the name and the settings of an arm."""
    name, _, words = text.partition(":")
    pairs = [setting(word) for word in words.split()]
    if not name.strip() or not pairs:
        raise click.BadParameter(
            f"{text!r} is refused; expected NAME: KEY=VALUE ..., such as 'deep: score=dot layers=2'"
        )
    settings = dict(pairs)
    if len(settings) < len(pairs):
        raise click.BadParameter(f"{text!r} is refused; expected different settings")
    return name.strip(), settings


def seeds_in(text: str) -> int | tuple[int, ...]:
    """A number of seeds, or the seeds themselves: 5-9, or 0-2,7."""
    if text.isascii() and text.isdigit():
        if len(text) <= 12 and 1 <= int(text) <= MAX_SEEDS:
            return int(text)
    elif re.fullmatch(r"[0-9]{1,7}(-[0-9]{1,7})?(,[0-9]{1,7}(-[0-9]{1,7})?)*", text):
        ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
        spans = [range(span[0], span[-1] + 1) for span in ends]
        if sum(map(len, spans)) <= MAX_SEEDS and all(span and span[-1] <= LARGEST_SEED for span in spans):
            chosen = {seed for span in spans for seed in span}
            if len(chosen) == sum(map(len, spans)):
                return tuple(sorted(chosen))
    raise click.BadParameter(
        f"{text!r} is refused; expected a number from 1 to {MAX_SEEDS:,}, or different seeds such as 5-9 or 0-2,7"
    )


def seeds_text(seeds: Sequence[int]) -> str:
    """`0-2,7`, as the user may write it."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], seed]
        else:
            spans.append([seed])
    return ",".join("-".join(map(str, span)) for span in spans)
