"""The settings of a study's runs: what they have in common, and what an arm or a level sets of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from results.analysis.study.factor_levels import label
from results.page.elements import Table
from results.text import format_setting

PARTS = ("model", "task", "training")


def settings_table(settings: Mapping[str, Any]) -> Table:
    """A row for each arm, for each level that brings settings, and for each part of the common ones."""
    arms: Mapping[str, Mapping[str, Any]] = settings["arms"]
    at_levels = settings.get("at_levels", [])
    tuned = settings["tuning"]["space"] if "tuning" in settings else ()
    own = {*settings["factors"], *tuned, *_of_all(arms.values()), *_of_all(at.get("settings", {}) for at in at_levels)}
    common = [
        (part, {name: value for name, value in settings[part].items() if name not in own})
        for part in PARTS
        if part in settings
    ]
    recipe = [("recipe", {"recipe": settings["recipe"]})] if settings.get("recipe", "plain") != "plain" else []
    rows = [
        *((f"arm {name}", arm) for name, arm in arms.items()),
        *((f"at {_levels(at['levels'])}", at["settings"]) for at in at_levels if at.get("settings")),
        *common,
        *recipe,
    ]
    return Table(
        title="Settings",
        note="The settings of model, task and training hold for all runs, but where an arm or a level sets its own. "
        "Factors and tuned settings are left out. retrograde run STUDY --set help explains each.",
        header=["where", "settings"],
        rows=[[name, _text(values) or "-"] for name, values in rows],
        source="provenance.json",
        folded=True,
    )


def _of_all(groups: Iterable[Mapping[str, Any]]) -> set[str]:
    """The settings that each of the groups has; they have no common value."""
    names = [set(group) for group in groups]
    return set.intersection(*names) if names else set()


def _levels(levels: Mapping[str, Any]) -> str:
    return label({factor: format_setting(level) for factor, level in levels.items()})


def _text(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    return "+".join(map(str, value)) or "none" if isinstance(value, list) else format_setting(value)
