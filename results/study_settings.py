"""What the provenance says of the study behind the rows, and whether it is of these rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.files import InputError

_KINDS = {
    "name": str,
    "question": str,
    "baseline": str,
    "primary": str,
    "arms": dict,
    "factors": dict,
    "seeds": list,
    "training": dict,
}
"""What there is of every study."""
_INSIDE = {
    "training": {"learning_rate"},
    "tuning": {"space", "trials_per_arm", "rule"},
    "contrasts": {"says", "arm", "against"},
    "switches": {"says", "pairs"},
    "published": {"arm", "figure", "epoch", "low", "high"},
}
"""What is read of these, or of each that they list, where they are there."""


def study_settings(parts: Mapping[str, Any], runs: pd.DataFrame) -> dict[str, Any]:
    """Raises InputError where it says too little, or of another study."""
    if "study" not in parts:
        raise InputError("provenance.json: parts.study is missing; expected what made runs.csv")
    settings: dict[str, Any] = parts["study"]["settings"]
    for key, kind in _KINDS.items():
        if not isinstance(settings.get(key), kind):
            raise _unfit(key, f"is {settings.get(key, 'missing')!r}")
    for key, inside in _INSIDE.items():
        given = settings.get(key, [])
        for one in given if isinstance(given, list) else [given]:
            if not isinstance(one, dict) or inside - one.keys():
                raise _unfit(key, f"lacks {', '.join(sorted(inside - set(one)))}")
    if settings["baseline"] not in settings["arms"]:
        raise _unfit("baseline", f"is {settings['baseline']!r}, which is no arm")
    unplanned = {f"seed {seed}" for seed in set(runs["seed"]) - set(settings["seeds"])}
    foreign = (set(runs["study"]) - {settings["name"]}) | (set(runs["arm"]) - set(settings["arms"])) | unplanned
    if foreign:
        raise InputError(
            f"runs.csv: {', '.join(sorted(foreign))} is not in provenance.json; expected rows of one study"
        )
    return settings


def _unfit(key: str, what: str) -> InputError:
    return InputError(f"provenance.json: parts.study.settings.{key} {what}; expected what made runs.csv")
