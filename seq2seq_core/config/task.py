"""The task's settings."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_core.config.base import Config


@dataclass(frozen=True, kw_only=True)
class TaskConfig(Config):
    """Inverting a random sequence: how many letters, and how long a source is (uniform, both ends included)."""

    letters: int = 4
    min_length: int = 5
    max_length: int = 14

    def __post_init__(self) -> None:
        self._whole("letters", least=1, most=100_000)
        self._whole("min_length", least=1, most=10_000)
        self._whole("max_length", least=1, most=10_000)
        if self.max_length < self.min_length:
            self._refuse("max_length", self.max_length, f"at least min_length ({self.min_length})")
