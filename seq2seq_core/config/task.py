"""The settings of a task."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from seq2seq_core.config.base import Config, ConfigError
from seq2seq_core.tasks import TASKS, Task
from seq2seq_core.tokens import FIRST_LETTER, letter_token, split_letters, token_name

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
        self._part("task", TASKS)
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

    def encode(self, text: str | Sequence[str]) -> list[int]:
        """The tokens of a source: a text such as "abcd", or its letters.

        Raises ConfigError if the source is empty or has a letter outside the alphabet.
        """
        names = self.split(text)
        if not names:
            raise ConfigError("source: '' is refused; expected at least one letter")
        tokens = []
        for name in names:
            token = letter_token(name)
            if token is None or token >= self.vocabulary:
                known = [token_name(FIRST_LETTER + letter) for letter in range(min(self.letters, 26))]
                more = [f"... {token_name(self.vocabulary - 1)}"] if self.letters > 26 else []
                raise ConfigError(
                    f"source {reprlib.repr(text)}: the letter {reprlib.repr(name)} is unknown; "
                    f"known: {', '.join([*known, *more])}"
                )
            tokens.append(token)
        return tokens

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens, such as "dcba". A special token has its name in it, such as "<pad>"."""
        return "".join(self.token_names(tokens))

    def token_names(self, tokens: Iterable[int]) -> list[str]:
        """The name of each token: letters, and </s> for EOS."""
        return [token_name(token) for token in tokens]

    def split(self, text: str | Sequence[str]) -> list[str]:
        """The letters of a text, which may be empty or have letters outside the alphabet: "abx26" -> a, b, x26.

        Raises ConfigError for anything but a text or a sequence of texts.
        """
        if isinstance(text, str):
            return split_letters(text)
        if not isinstance(text, Sequence) or not all(isinstance(name, str) for name in text):
            raise ConfigError(f"source: {reprlib.repr(text)} is refused; expected a text, or a sequence of letters")
        return list(text)
