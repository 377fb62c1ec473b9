"""The settings of a study in the provenance, checked against the rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.errors import InputError
from results.tables.json_shape import Nullable, shape_error

_COUNTS = {
    "pairs": int,
    "unknown_in_sources": int,
    "unknown_in_targets": int,
    "duplicates": int,
    "sources_in_training": int,
    "sources_in_evaluation?": int,
}
_DATA = {
    "units": str,
    "vocabulary": int,
    "files": [{"set": str, "name": str, "pairs": int}],
    "split": {"seed": int, "sets": [str]},
    "sets": {"train": _COUNTS, "evaluation": _COUNTS, "test": _COUNTS},
    "used": {"evaluation": int, "test": int},
}
"""The user's own pairs of source and target."""
_SETTINGS = {
    "name": str,
    "question": str,
    "baseline": str,
    "primary": str,
    "arms": {str: {str: object}},
    "model?": {str: object},
    "task?": {str: object},
    "factors": {str: [object]},
    "seeds": [int],
    "training": {"learning_rate": object},
    "tuning?": {
        "space": {str: {"attributes": {str: object}}},
        "sampler": str,
        "pruner": str,
        "seeds": [int],
        "trials_per_arm": int,
        "rule": str,
    },
    "contrasts?": [{"says": str, "arm": str, "against": str}],
    "switches?": [{"says": str, "pairs": [(str, str)]}],
    "decision?": {"comparisons": [str], "yes": str, "phrases?": {str: str}, "left_out?": [str]},
    "expected_alignments?": [{"task": str, "length": int, "positions": object}],
    "published?": [
        {
            "arm": Nullable(str),
            "metric?": str,
            "low": int | float,
            "high": int | float,
            "sd?": Nullable(int | float),
            "model?": str,
            "epoch?": Nullable(int),
            "lengths?": [int],
            "levels?": {str: object},
            "comparable?": bool,
            "source?": {"citation": str, "place": str, "settings": str},
        }
    ],
    "differences?": [str],
    "data?": [_DATA],
    "at_levels?": [
        {
            "levels": {str: object},
            "epochs": int,
            "steps_per_epoch": int,
            "stop_at": Nullable(int | float),
            "shortest_source?": int,
            "longest_source?": int,
            "longest_target?": int,
            "settings?": {str: object},
        }
    ],
    "recipe?": str,
    "changed?": {str: object},
    "stops?": str,
    "settled_runs?": int,
    "machines?": int,
    "processors?": [str],
    "code?": {str: str},
    "described?": {"at": str, "commit": Nullable({"id": str, "dirty": bool})},
}
"""The settings that reports read."""
YES = ("lower", "higher", "different")
"""The effect on the primary metric that means yes, in `decision`."""
_LARGEST = 1e300
"""Below the largest float, since an axis extends beyond the ends of a range."""
_RANGE = {"low": int | float, "high": int | float, "log": bool}


def study_settings(parts: Mapping[str, Any], runs: pd.DataFrame) -> dict[str, Any]:
    """The settings of the study. Raises InputError if they are incomplete, or of another study than the rows."""
    if "study" not in parts:
        raise InputError("provenance.json: parts.study is missing; expected the study that wrote runs.csv")
    settings: dict[str, Any] = parts["study"]["settings"]
    wrong = shape_error(settings, _SETTINGS, "parts.study.settings") or _wrong_space(
        settings.get("tuning", {"space": {}})
    )
    if not wrong and settings.get("decision", {}).get("yes", "lower") not in YES:
        wrong = f"parts.study.settings.decision.yes is {settings['decision']['yes']!r}, not {', '.join(YES)}"
    for place, at in enumerate(settings.get("at_levels", []) if not wrong else []):
        if "longest_target" not in at and not {"shortest_source", "longest_source"} <= at.keys():
            wrong = f"parts.study.settings.at_levels[{place}] lacks shortest_source and longest_source"
    if not wrong and settings["baseline"] not in settings["arms"]:
        wrong = f"parts.study.settings.baseline is {settings['baseline']!r}, which is no arm"
    if wrong:
        raise InputError(f"provenance.json: {wrong}; expected the study that wrote runs.csv")
    unplanned = {f"seed {seed}" for seed in set(runs["seed"]) - set(settings["seeds"])}
    foreign = (set(runs["study"]) - {settings["name"]}) | (set(runs["arm"]) - set(settings["arms"])) | unplanned
    if foreign:
        raise InputError(
            f"runs.csv: {', '.join(sorted(foreign))} is not in provenance.json; expected rows of one study"
        )
    published = [_published(point) for point in settings.get("published", [])]
    comparable = [point for point in published if point["comparable"]]
    return {
        **settings,
        "published": comparable,
        "published_left_out": len(published) - len(comparable),
        "differences": settings.get("differences", []),
    }


def _published(point: Mapping[str, Any]) -> dict[str, Any]:
    """A published value with all keys. Rows from before values had a source call the metric `figure`."""
    source = {"citation": "the publication", "place": "its figures", "settings": ""}
    absent: dict[str, Any] = {
        "sd": None,
        "model": "",
        "epoch": None,
        "lengths": [],
        "levels": {},
        "comparable": True,
        "source": source,
    }
    return {**absent, "metric": point.get("figure", ""), **point}


def _wrong_space(tuning: Mapping[str, Any]) -> str | None:
    """What is wrong with the choices or the range of a searched setting; None if nothing is."""
    for name, drawn_from in tuning["space"].items():
        place, attributes = f"parts.study.settings.tuning.space.{name}.attributes", drawn_from["attributes"]
        if wrong := shape_error(attributes, {"choices": [object]} if "choices" in attributes else _RANGE, place):
            return wrong
        least = sys.float_info.min if attributes.get("log") else -_LARGEST
        if "low" in attributes and not least <= attributes["low"] < attributes["high"] <= _LARGEST:
            return f"{place} is from {attributes['low']} to {attributes['high']}"
    return None
