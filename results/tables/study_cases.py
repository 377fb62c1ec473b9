"""The names of the rows that `retrograde bench --of` writes for a study, so that a report finds them.

A case is a device, a number of threads, and a level of each factor of the study. A candidate is an arm. An arm whose
packing is `padded_exact` has a second candidate, which computes the same values with `packed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.tables.column import format_setting, plural

_SEPARATOR = ", "


def case_name(device: str, threads: int, levels: Mapping[str, Any]) -> str:
    """`cpu, 1 thread, max_length = 10`; without factors `cpu, 1 thread`.

    A level may come from a configuration, from provenance.json or from a table, in which 1 may be 1.0.
    """
    at = [f"{factor} = {_level(level)}" for factor, level in levels.items()]
    return _SEPARATOR.join([device, plural(threads, "thread"), *at])


def levels_of_case(case: str) -> str:
    """The levels in the name of a case: `max_length = 10`; empty without factors."""
    return _SEPARATOR.join(case.split(_SEPARATOR)[2:])


def packed_candidate(arm: str) -> str:
    """The candidate that computes the values of an arm with the packing `packed`."""
    return f"{arm}, packed"


def _level(level: Any) -> str:
    text = format_setting(level)
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else repr(number)
