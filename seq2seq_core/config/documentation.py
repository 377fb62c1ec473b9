"""What each setting accepts, its default, and what it means, as the configurations themselves say it."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from seq2seq_core.config.base import Config, ConfigError
from seq2seq_core.config.task import DERIVED


@dataclass(frozen=True)
class SettingInfo:
    """A setting as its configuration describes it."""

    name: str
    default: Any
    accepts: str
    """Its choices, or its range; from the error of a wrong value."""
    description: str
    """The first sentence of its docstring, without the full stop."""


def describe_settings(config: type[Config]) -> list[SettingInfo]:
    """The settings of a configuration that a user chooses, in the order of their declaration."""
    defaults, descriptions = vars(config()), _descriptions(config)
    return [
        SettingInfo(name, defaults[name], _accepts(config, name), descriptions.get(name, ""))
        for name in config.names()
        if name not in DERIVED
    ]


def _accepts(config: type[Config], name: str) -> str:
    try:
        config(**{name: object()})
    except ConfigError as error:
        accepts = str(error).partition("; expected ")[2].removeprefix("one of ")
        if task := re.match("no value, or (task=[a-z]+)", accepts):
            return f"only with {task[1]}"
    else:
        return "any value"
    try:
        config(**{name: None})
    except ConfigError:
        return accepts
    return accepts if "none" in accepts.split(", ") else f"{accepts}, or none"


def _descriptions(config: type[Config]) -> dict[str, str]:
    """Name -> the first sentence of the string below the field in the source of the class."""
    (declared,) = ast.parse(inspect.getsource(config)).body
    assert isinstance(declared, ast.ClassDef)
    found = {}
    for field, below in pairwise(declared.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                sentence = re.split(r"\.\s+(?=[A-Z])", " ".join(text.split()))[0]
                found[name] = sentence.removesuffix(".").replace("`", "")
    return found
