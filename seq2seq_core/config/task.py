"""The settings of a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seq2seq_core.config.base import Config
from seq2seq_core.tasks import TASKS, Task
from seq2seq_core.tokens import FIRST_LETTER

DEFAULT_TASK = "reverse"


@dataclass(frozen=True, kw_only=True)
class TaskConfig(Config):
    """Which task is learnt, the size of its alphabet, and the lengths of its sources."""

    task: str = DEFAULT_TASK
    """A name in `seq2seq_core.tasks.TASKS`."""
    letters: int = 4
    """Letters of the alphabet that sources are drawn from."""
    min_length: int = 5
    max_length: int = 14
    """Lengths of sources are uniform from `min_length` to `max_length`, both included."""

    def __post_init__(self) -> None:
        self._choice("task", [*TASKS])
        self._integer("letters", least=1, most=100_000)
        self._integer("min_length", least=1, most=10_000)
        self._integer("max_length", least=1, most=10_000)
        if self.max_length < self.min_length:
            self._refuse("max_length", self.max_length, f"at least min_length ({self.min_length})")

    def to_dict(self) -> dict[str, Any]:
        """The settings, without `task` if it is the default. The id of a run is a hash of its settings; runs from
        before there was a second task keep their ids."""
        settings = super().to_dict()
        if self.task == DEFAULT_TASK:
            del settings["task"]
        return settings

    @property
    def definition(self) -> Task:
        """The task of that name."""
        return TASKS[self.task]()

    @property
    def vocabulary(self) -> int:
        """V: the number of tokens, including the special ones."""
        return FIRST_LETTER + self.letters
