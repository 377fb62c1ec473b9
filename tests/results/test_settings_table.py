"""The table of settings gives each value that holds for all runs, and none that arms, levels or trials replace."""

from __future__ import annotations

from typing import Any

from results.report.study.settings_table import settings_table

SETTINGS: dict[str, Any] = {
    "arms": {"base": {}, "wide": {"hidden_size": 64, "slips": ["one", "two"]}},
    "factors": {"max_length": [10, 20]},
    "at_levels": [
        {"levels": {"max_length": 10}, "settings": {"epochs": 3}, "epochs": 3},
        {"levels": {"max_length": 20}, "epochs": 4},
    ],
    "model": {"hidden_size": 32, "score": None, "bidirectional": True},
    "task": {"letters": 4, "max_length": 10},
    "training": {"epochs": 4, "learning_rate": 0.1, "batch_size": 30, "test_lengths": []},
    "recipe": "plain",
}


def test_a_setting_that_an_arm_replaces_is_that_of_the_other_arms() -> None:
    rows = dict(settings_table(SETTINGS).rows)
    assert rows["arm base"] == "-"
    assert rows["arm wide"] == "hidden_size=64, slips=one+two"
    assert rows["model"] == "hidden_size=32, score=none, bidirectional=true"
    assert "recipe" not in rows


def test_no_row_gives_the_value_of_a_factor_or_of_what_every_level_brings() -> None:
    rows = dict(settings_table(SETTINGS).rows)
    assert rows["task"] == "letters=4"
    assert rows["at max_length = 10"] == "epochs=3"
    assert "at max_length = 20" not in rows
    assert rows["training"] == "epochs=4, learning_rate=0.1, batch_size=30, test_lengths=none"
    each = [{**at, "settings": {"epochs": at["epochs"]}} for at in SETTINGS["at_levels"]]
    rows = dict(settings_table({**SETTINGS, "at_levels": each}).rows)
    assert rows["training"] == "learning_rate=0.1, batch_size=30, test_lengths=none"


def test_tuned_settings_and_those_of_every_arm_have_no_common_value() -> None:
    scores = {"arms": {"none": {"score": None}, "dot": {"score": "dot"}}, "recipe": "article"}
    rows = dict(settings_table({**SETTINGS, **scores, "tuning": {"space": {"learning_rate": {}}}}).rows)
    assert rows["model"] == "hidden_size=32, bidirectional=true"
    assert rows["training"] == "epochs=4, batch_size=30, test_lengths=none"
    assert rows["recipe"] == "recipe=article"
