"""The documentation of the settings is complete, and what it says of a setting is what its check says."""

from __future__ import annotations

import pytest

from seq2seq_core.config import Config, ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.documentation import describe_settings
from seq2seq_core.config.task import DERIVED

CONFIGS = [ModelConfig, TaskConfig, TrainConfig]


def refusal(config: type[Config], name: str, value: object) -> str:
    """The error of a setting; it may be that of another setting that it does not go with. Empty if it is accepted."""
    try:
        config(**{name: value})
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("config", CONFIGS)
def test_every_setting_has_its_default_its_values_and_a_description(config: type[Config]) -> None:
    found = describe_settings(config)
    assert [one.name for one in found] == [name for name in config.names() if name not in DERIVED]
    for one in found:
        assert one.default == getattr(config(), one.name)
        assert one.accepts
        assert one.description, one.name
        assert "\n" not in one.description
        assert not one.description.endswith(".")


@pytest.mark.parametrize("config", CONFIGS)
def test_a_listed_choice_is_accepted_and_no_other(config: type[Config]) -> None:
    choices = {
        one.name: one.accepts.split(", ")
        for one in describe_settings(config)
        if isinstance(one.default, str) and "only" not in one.accepts
    }
    assert choices
    for name, values in choices.items():
        assert getattr(config(), name) in values
        for value in values:
            assert "expected one of" not in refusal(config, name, None if value == "none" else value)
        assert "expected one of" in refusal(config, name, "nonsense")


def test_none_is_listed_where_it_is_accepted() -> None:
    for config in CONFIGS:
        for one in describe_settings(config):
            assert one.accepts.endswith("none") == (not refusal(config, one.name, None))
