"""Registries of parts: a score, a cell, a task or a recipe is a class that a configuration names.

A name in the class line enters the class. A part that an installed package offers by an entry point is imported when it
is first used (`seq2seq_core.installed`).
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Generic, TypeVar

from seq2seq_core import installed

T = TypeVar("T")


class Registry(dict[str, type[T]], Generic[T]):
    """Name -> class."""

    def __init__(self, kind: str, base: type[object]) -> None:
        super().__init__()
        self.kind = kind
        """What the classes are, such as "score"."""
        self.base = base
        """The class that they derive from."""

    def add(self, name: str, part: type[T]) -> None:
        """ValueError if another class has the name. A class that is defined again, as in a file that is loaded again,
        replaces itself."""
        taken = self.get(name)
        if taken is not None and _place(taken) != _place(part):
            file, qualified = _place(taken)
            raise ValueError(
                f"the {self.kind} {name!r} is already the class {qualified} of {Path(file).name}; expected another name"
            )
        self[name] = part

    def __missing__(self, name: str) -> type[T]:
        """The part of an installed package. KeyError if there is none, PartError if it cannot be used."""
        if name not in installed.offered(self.kind):
            raise KeyError(name)
        part = installed.load(self.kind, name)
        if name not in self:  # its class line has no name, or another one
            fits = isinstance(part, type) and issubclass(part, self.base)
            if not fits:
                place, base = installed.offered(self.kind)[name][0].value, self.base.__name__
                raise installed.PartError(
                    f"the {self.kind} {name!r}: {place} is refused; expected a class that derives from {base}"
                )
            self.add(name, part)
        return self[name]

    def names(self) -> list[str]:
        """The names of all parts, those of installed packages too, which are not imported for it."""
        return list(dict.fromkeys([*self, *installed.offered(self.kind)]))

    def of_files(self, files: Collection[Path]) -> list[str]:
        """The names of the parts that are defined in these files."""
        places = {str(file) for file in files}
        return [name for name, part in self.items() if _place(part)[0] in places]

    def distribution_of(self, name: str) -> tuple[str, str] | None:
        """The distribution and version of a part of an installed package; None for any other part."""
        return installed.distribution_of(self.kind, name, self[name].__module__)


def _place(part: type[Any]) -> tuple[str, str]:
    """The file that defines a class, or its module where there is no file, and its name."""
    file = getattr(sys.modules.get(part.__module__), "__file__", None)
    return str(Path(file).absolute()) if file else part.__module__, part.__qualname__
