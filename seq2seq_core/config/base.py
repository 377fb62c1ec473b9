"""The base of all configurations: frozen dataclasses that are checked when they are created.

A configuration that exists is valid. An invalid setting raises `ConfigError`, in one line, before any work is done.
A number takes the type of its field, however it is written (1 or 1.0), so that equal settings are equal as JSON too.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from seq2seq_core.installed import PartError
from seq2seq_core.registry import Registry


class ConfigError(ValueError):
    """A setting that is unknown, out of range, or in conflict with another. The message is one line: what, where, and
    what would be right."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings with plain values, which convert to and from JSON-like dictionaries."""

    @classmethod
    def names(cls) -> list[str]:
        """The names of the settings."""
        return [field.name for field in dataclasses.fields(cls)]

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Self:
        """A configuration from JSON-like settings. Raises ConfigError for an unknown key."""
        cls.check_names(settings)
        return cls(**settings)

    @classmethod
    def check_names(cls, settings: Iterable[str]) -> None:
        """Raises ConfigError for an unknown name; the message names the nearest known one."""
        known = cls.names()
        for key in settings:
            if key not in known:
                raise ConfigError(f"{cls.__name__}: unknown key {key!r}; {suggest(key, known)}")

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def replace(self, settings: Mapping[str, Any]) -> Self:
        """A copy with some settings changed. The copy is checked too."""
        return self.from_dict({**self.to_dict(), **settings})

    def _integer(self, field: str, *, least: int, most: int) -> None:
        value = getattr(self, field)
        number = int(value) if type(value) is float and value.is_integer() else value
        if type(number) is not int or not least <= number <= most:
            self._refuse(field, value, f"an integer from {least} to {most:,}")
        object.__setattr__(self, field, number)

    def _number(
        self,
        field: str,
        *,
        above: float | None = None,
        least: float | None = None,
        below: float = math.inf,
        most: float | None = None,
    ) -> None:
        value = getattr(self, field)
        # An int may be larger than any float.
        fits = type(value) in (int, float) and abs(value) <= sys.float_info.max and value < below
        fits = fits and (above is None or value > above) and (least is None or value >= least)
        if not fits or (most is not None and value > most):
            lower = f"above {above:g}" if above is not None else f"of at least {least:g}"
            upper = f"at most {most:g}" if most is not None else f"below {below:g}" if below < math.inf else "finite"
            self._refuse(field, value, f"a number {lower} and {upper}")
        object.__setattr__(self, field, float(value) + 0.0)  # -0.0 becomes 0.0

    def _flag(self, field: str) -> None:
        value = getattr(self, field)
        if type(value) is not bool:
            self._refuse(field, value, "true or false")

    def _choice(self, field: str, choices: Sequence[str | None]) -> None:
        value = getattr(self, field)
        if value not in choices:
            self._refuse(field, value, "one of " + ", ".join(str(choice).lower() for choice in choices))

    def _part(self, field: str, registry: Registry[Any], *others: None) -> None:
        """A name in the registry. The part of an installed package is imported here, when it is first named."""
        value = getattr(self, field)
        if value in [*registry, *others]:
            return
        self._choice(field, [*registry.names(), *others])
        try:
            registry[value]
        except PartError as error:
            raise ConfigError(f"{type(self).__name__}.{field}: {error}") from error

    def _refuse(self, field: str, value: object, right: str) -> None:
        raise ConfigError(f"{type(self).__name__}.{field}: {value!r} is refused; expected {right}")


def suggest(wrong: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known name, or all of them if none is near."""
    known = list(known)
    near = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
