"""Checks the shape of nested JSON, with a one-line description of the first error."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from types import UnionType
from typing import Any

Shape = Any
"""A type or union (`int | float`); a list of any length (`[int]`) or of a fixed one (`(str, str)`); a mapping with any
keys (`{str: int}`), or with at least these (`{"name": str}`). A key that ends with a question mark is optional."""


@dataclass(frozen=True)
class Nullable:
    shape: Shape


def shape_error(value: Any, shape: Shape, name: str) -> str | None:
    """What is wrong with the value `name`; None if it has the shape."""
    inner: list[tuple[Any, Shape, str]] = []
    if isinstance(shape, Nullable):
        return None if value is None else shape_error(value, shape.shape, name)
    if isinstance(shape, type | UnionType):
        # In Python a boolean is an int; in JSON it is not.
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
    return next((wrong for each in inner if (wrong := shape_error(*each))), None)
