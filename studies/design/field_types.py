"""The types of a declaration's fields, checked against their annotations: a study file is plain Python, in which a
missing comma makes a text of a tuple."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from seq2seq_core.config import ConfigError

_NAMES = {
    str: "a text",
    int: "an integer",
    float: "a number",
    tuple: "a tuple",
    Mapping: "a dict",
    NoneType: "None",
}


def check_types(declared: Any) -> None:
    """ConfigError if a field of this dataclass has a value of another type than its annotation, or a part of such a
    value, as in a dict or a tuple."""
    for name, hint in get_type_hints(type(declared)).items():
        _check(f"{type(declared).__name__}.{name}", getattr(declared, name), hint)


def _check(place: str, value: Any, hint: Any) -> None:
    if hint is Any:
        return
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    fitting = next((option for option in options if _fits(value, get_origin(option) or option)), None)
    if fitting is None:
        expected = " or ".join(_name(get_origin(option) or option) for option in options)
        raise ConfigError(f"{place}: {reprlib.repr(value)}; expected {expected}")
    inner = get_args(fitting)
    if isinstance(value, Mapping):
        for key, one in value.items():
            _check(f"{place}, a key", key, inner[0])
            _check(f"{place}[{key!r}]", one, inner[1])
    elif isinstance(value, tuple):
        if inner[-1] is not Ellipsis and len(value) != len(inner):
            raise ConfigError(f"{place}: {reprlib.repr(value)}; expected {len(inner)} values")
        for number, one in enumerate(value):
            _check(f"{place}[{number}]", one, inner[0] if inner[-1] is Ellipsis else inner[number])


def _fits(value: Any, kind: type) -> bool:
    if isinstance(value, bool):  # which Python calls an integer
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _name(kind: type) -> str:
    return _NAMES.get(kind) or f"{'an' if kind.__name__[0] in 'AEIO' else 'a'} {kind.__name__}"
