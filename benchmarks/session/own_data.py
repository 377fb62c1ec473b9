"""The task that a session measures: the default one, or the user's own pairs with the options --data and --units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from results.analysis.study.own_data import names_of
from seq2seq_core.config import TaskConfig
from seq2seq_core.config.task import pair_settings


def task_of(config: pytest.Config) -> TaskConfig:
    """Raises ConfigError for a file that cannot be used, and for --units without --data."""
    options = config.option
    return TaskConfig().replace(pair_settings(data=options.retrograde_data, units=options.retrograde_units))


def data_settings(task: TaskConfig) -> dict[str, Any]:
    """What the provenance of a session records of its data."""
    return {"data": [task.pairs.summary()]} if task.definition.from_files else {}


def data_text(settings: Mapping[str, Any]) -> str:
    """`dates.tsv by characters (2f1c0a9b8d7e6f5a)`, from the settings of a session."""
    return ", ".join(
        f"{' and '.join(names_of(data))} by {data['units']} ({data['content']})" for data in settings.get("data", [])
    )
