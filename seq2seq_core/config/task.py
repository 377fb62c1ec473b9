"""The settings of a task."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

from seq2seq_core.config.base import Config, ConfigError
from seq2seq_core.data import UNITS, UNKNOWN, DataError, PairData, PairFiles, Vocabulary, known_data, read_data
from seq2seq_core.tasks import TASKS, Task
from seq2seq_core.tokens import FIRST_LETTER, Alphabet

DEFAULT_TASK = "reverse"
SIZES = ("letters", "min_length", "max_length")
"""Settings that are chosen for a task whose sources are drawn; those of pairs follow from their data."""
PATHS = ("data", "evaluation_data", "test_data")
_READING = (*PATHS, "units", "split_seed")
DERIVED = ("content", "longest_target", "symbols")
"""What follows from the data of pairs, and is not chosen."""
OF_PAIRS = (*_READING, *DERIVED)
"""Settings that only pairs have."""


def pair_settings(*, data: object = None, **others: object) -> dict[str, Any]:
    """The settings behind options such as `--data` and `--units`, without those that are None."""
    given = {name: str(value) for name, value in {"data": data, **others}.items() if value is not None}
    return {"task": "pairs", **given} if data is not None else given


class DataFileError(ConfigError):
    """A data file that is missing, cannot be used, or has other pairs than expected."""


@dataclass(frozen=True, kw_only=True)
class TaskConfig(Config):
    """Which task is learnt, the size of its alphabet, and the lengths of its sources; or the files of its pairs.

    A configuration of the task `pairs` reads its files when it is created; its `letters`, `min_length`, `max_length`,
    `content`, `longest_target` and `symbols` follow from them.
    """

    task: str = DEFAULT_TASK
    """A name in `seq2seq_core.tasks.TASKS`."""
    letters: int = 4
    """Letters of the alphabet that sources are drawn from."""
    min_length: int = 5
    """The length of the shortest sources."""
    max_length: int = 14
    """Lengths of sources are uniform from `min_length` to `max_length`, both included."""

    data: str = field(default="", compare=False)
    """For the task `pairs`: a file (.tsv, .csv or .jsonl) of sources and targets, or the name of a built-in data
    set."""
    evaluation_data: str = field(default="", compare=False)
    """Pairs of the evaluation set; if empty, one source in ten is split off from `data`."""
    test_data: str = field(default="", compare=False)
    """Pairs of the test set; if empty, one source in ten is split off from `data`."""
    units: str = UNITS[0]
    """What the sources and targets of pairs consist of: characters, or tokens between whitespace."""
    split_seed: int = 0
    """Decides which pairs are split off, and the order in which evaluation and test take theirs."""
    content: str = ""
    """A hash of the pairs, which identifies them. If it is given, files with other pairs are refused."""
    longest_target: int = 0
    """Units of the longest target of the pairs."""
    symbols: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """The units of the training pairs. They are in a checkpoint, so that a trained model needs no files."""

    def __post_init__(self) -> None:
        self._part("task", TASKS)
        if self.definition.from_files:
            self._use_data()
        else:
            for name in OF_PAIRS:
                if getattr(self, name) != _DEFAULTS[name]:
                    self._refuse(name, getattr(self, name), "no value, or task=pairs and data=FILE (or --data FILE)")
        self._integer("letters", least=1, most=10_000_000 if self.definition.from_files else 100_000)
        self._integer("min_length", least=1, most=10_000)
        self._integer("max_length", least=1, most=10_000)
        if self.max_length < self.min_length:
            self._refuse("max_length", self.max_length, f"at least min_length ({self.min_length})")

    @classmethod
    def of_model(cls, settings: Mapping[str, Any], symbols: Sequence[str]) -> Self:
        """The configuration in a checkpoint, with the vocabulary of its pairs, if it has pairs. It needs no files."""
        cls.check_names(settings)
        return cls(**settings, symbols=tuple(symbols))

    @classmethod
    def names(cls) -> list[str]:
        """The names of the settings. `symbols` is none of them: no user sets it."""
        return [name for name in super().names() if name != "symbols"]

    def to_dict(self) -> dict[str, Any]:
        """The settings, without those that few tasks have where these are at their defaults, and without paths.

        The id of a run is a hash of its settings. So runs from before there was a second task, or pairs, keep their
        ids, and runs on the same pairs have the same id wherever the files are.
        """
        settings = {name: getattr(self, name) for name in self.names() if name not in PATHS}
        for name in ("task", "units", "split_seed", "content", "longest_target"):
            if settings[name] == _DEFAULTS[name]:
                del settings[name]
        return settings

    def replace(self, settings: Mapping[str, Any]) -> Self:
        """A copy with some settings changed; what follows from the files of pairs is read again if they change."""
        self.check_names(settings)
        task = settings.get("task", self.task)
        from_files = task in TASKS and TASKS[task].from_files
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        if from_files or self.definition.from_files:
            changed = [*SIZES, *DERIVED] if {"task", *_READING} & settings.keys() else []
            kept = {name: kept[name] for name in kept if name not in [*changed, *(() if from_files else _READING)]}
        for name in SIZES if from_files else ():
            if name in settings:
                raise ConfigError(f"TaskConfig.{name}: it follows from the data of task={task}; expected no value")
        return type(self)(**{**kept, **settings})

    @property
    def pairs(self) -> PairData:
        """The data of the task `pairs`. Raises DataFileError if it is not here, or has changed."""
        try:
            if self.data:
                pairs = read_data(
                    PairFiles(self.data, self.evaluation_data, self.test_data, self.units, self.split_seed)
                )
            else:
                known = known_data(self.content, self.units, self.split_seed)
                if known is None:
                    missing = f"the pairs {self.content} are not here" if self.content else "'' is refused"
                    raise DataError(f"TaskConfig.data: {missing}; expected a file with pairs of source and target")
                pairs = known
        except DataError as error:
            raise DataFileError(str(error)) from error
        if self.content not in ("", pairs.content):
            names = ", ".join(filter(None, (getattr(self, name) for name in PATHS)))
            raise DataFileError(
                f"{names}: the pairs have changed, or are others: their hash is {pairs.content}, expected "
                f"{self.content}"
            )
        return pairs

    @property
    def definition(self) -> Task:
        """The task of that name."""
        return TASKS[self.task]()

    def longest_target_of(self, length: int) -> int:
        """Letters of the longest target of sources of at most `length` letters; of pairs, of all of them."""
        return self.longest_target or self.definition.longest_target(length)

    @property
    def vocabulary(self) -> int:
        """V: the number of tokens, including the special ones."""
        return FIRST_LETTER + self.letters

    @property
    def unknown(self) -> int | None:
        """The token of units that are in no training pair; None for a task whose alphabet is complete."""
        return UNKNOWN if self.definition.from_files else None

    def encode(self, text: str | Sequence[str]) -> list[int]:
        """The tokens of a source: a text such as "abcd", or its letters.

        Raises ConfigError if the source is empty or has a letter outside the alphabet. With pairs, such a letter gets
        the unknown token.
        """
        names = self.split(text)
        if not names:
            raise ConfigError(f"source: {reprlib.repr(text)} is refused; expected at least one {self._noun}")
        tokens = []
        for name in names:
            token = self._units.token(name)
            if token is None:
                raise ConfigError(
                    f"source {reprlib.repr(text)}: the letter {reprlib.repr(name)} is unknown; "
                    f"known: {Alphabet(self.letters).known}"
                )
            tokens.append(token)
        return tokens

    def unknown_units(self, text: str | Sequence[str]) -> list[str]:
        """The characters or tokens of a source that `encode` reads as the unknown token, in their order, each once."""
        names = [] if self.unknown is None else self.split(text)
        return [name for name in dict.fromkeys(names) if self._units.token(name) == self.unknown]

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens, such as "dcba". A special token has its name in it, such as "<pad>"."""
        return self._units.text(tokens)

    def scored(self, target: str | Sequence[str]) -> list[int]:
        """The tokens of a target, which may be empty, as metrics compare them with a prediction: a letter outside the
        alphabet has a number that no model predicts, so that it counts as an error."""
        tokens = map(self._units.token, self.split(target, "target"))
        return [self.vocabulary if token in (None, self.unknown) else token for token in tokens]

    def token_names(self, tokens: Iterable[int]) -> list[str]:
        """The name of each token in tables and figures: letters, and </s> for EOS."""
        return [*map(self._units.name, tokens)]

    def split(self, text: str | Sequence[str], what: str = "source") -> list[str]:
        """The letters of a text, which may be empty or have letters outside the alphabet: "abx26" -> a, b, x26.

        Raises ConfigError for anything but a text or a sequence of texts; `what` is the first word of the message.
        """
        if isinstance(text, str):
            return self._units.split(text)
        if not isinstance(text, Sequence) or not all(isinstance(name, str) for name in text):
            raise ConfigError(
                f"{what}: {reprlib.repr(text)} is refused; expected a text, or a sequence of {self._noun}s"
            )
        return list(text)

    @property
    def _noun(self) -> str:
        """What a source consists of: a letter, or a character or token of pairs."""
        return self._units.units.removesuffix("s")

    @cached_property
    def _units(self) -> Alphabet | Vocabulary:
        """What texts consist of."""
        return Vocabulary(self.units, self.symbols) if self.definition.from_files else Alphabet(self.letters)

    def _use_data(self) -> None:
        """Checks the settings of pairs, and sets those that follow from the data."""
        for name in (*PATHS, "content"):
            if not isinstance(getattr(self, name), str):
                self._refuse(name, getattr(self, name), "a text")
        self._choice("units", UNITS)
        self._integer("split_seed", least=0, most=2**63 - 1)
        if self.symbols and not self.data:  # of a checkpoint
            if self.letters != len(self.symbols) + 1:
                self._refuse("letters", self.letters, f"{len(self.symbols) + 1}, as there are symbols and one unknown")
            return
        pairs = self.pairs
        derived = {
            "letters": len(pairs.vocabulary.symbols) + 1,
            "min_length": pairs.shortest_source,
            "max_length": pairs.longest_source,
            "content": pairs.content,
            "longest_target": pairs.longest_target,
            "symbols": pairs.vocabulary.symbols,
        }
        for name, value in derived.items():
            if getattr(self, name) not in (_DEFAULTS[name], value):
                self._refuse(name, getattr(self, name), f"no value, or {value}, which follows from the data")
            object.__setattr__(self, name, value)


_DEFAULTS = {one.name: one.default for one in fields(TaskConfig)}
