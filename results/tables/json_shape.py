"""What nested JSON has to look like, and in one line where it does not."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from types import UnionType
from typing import Any

Shape = Any
"""A type, or several (`int | float`); a list, of one shape (`[int]`) or of so many (`(str, str)`); a mapping with any
keys (`{str: int}`), or with these and perhaps others (`{"name": str}`): one that ends with a question mark may be
absent."""


@dataclass(frozen=True)
class OrNone:
    shape: Shape


def misfit(value: Any, shape: Shape, name: str) -> str | None:
    """What is wrong with a value, which is called `name`; None if it has the shape."""
    inner: list[tuple[Any, Shape, str]] = []
    if isinstance(shape, OrNone):
        return None if value is None else misfit(value, shape.shape, name)
    if isinstance(shape, type | UnionType):
        # To Python a truth value is a whole number; in JSON it is not.
        fits = isinstance(value, shape) and (shape in (bool, object) or not isinstance(value, bool))
    elif isinstance(shape, list):
        fits = isinstance(value, list)
        inner = [(one, shape[0], name) for one in value] if fits else []
    elif isinstance(shape, tuple):
        fits = isinstance(value, list) and len(value) == len(shape)
        inner = [(one, each, name) for one, each in zip(value, shape, strict=True)] if fits else []
    else:
        fits = isinstance(value, dict)
        if fits and str not in shape:
            known = {key.rstrip("?"): each for key, each in shape.items() if not key.endswith("?") or key[:-1] in value}
            if absent := sorted(known.keys() - value.keys()):
                return f"{name} lacks {', '.join(absent)}"
            inner = [(value[key], each, f"{name}.{key}") for key, each in known.items()]
        elif fits:
            inner = [(one, shape[str], f"{name}.{key}") for key, one in value.items()]
    if not fits:
        return f"{name} is {reprlib.repr(value)}"
    return next((wrong for each in inner if (wrong := misfit(*each))), None)
