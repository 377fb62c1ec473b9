"""The declared studies, one a file: the file's name is the study's name, and the file defines `STUDY`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.design import Study


def names() -> list[str]:
    """The studies there are, found without importing any."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Study:
    """The study of that name; ConfigError, with the nearest name, if there is none."""
    known = names()
    if name not in known:
        from seq2seq_core.config import ConfigError, suggest  # brings torch along, which `names` does without

        raise ConfigError(f"unknown study {name!r}; {suggest(name, known)}")
    study: Study = importlib.import_module(f"{__name__}.{name}").STUDY
    return study
