"""The trackers that a command can name, and what each needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from results.errors import InputError

TRACKERS = ("tensorboard", "mlflow")
"""The option of a command that asks for a tracker, its package, and the extra of this project have the same name."""


def check_installed(names: Sequence[str]) -> None:
    """InputError if a package is missing; the message says what to install. Imports nothing."""
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise InputError(f"--{name}: the package {name} is missing; pip install --editable '.[{name}]'")
