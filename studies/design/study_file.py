"""Runs the file of a study. A mistake in it is one line with the file and the line of the mistake."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from seq2seq_core.config import ConfigError
from studies.design.study import Study


def execute(path: Path, name: str) -> ModuleType:
    """The file as the module of that name in `sys.modules`. Bytecode is neither read nor written: what runs is the
    file as it is now."""
    spec = spec_from_file_location(name, path)
    assert spec
    module = sys.modules[name] = module_from_spec(spec)
    try:
        exec(compile(path.read_bytes(), path, "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def study_in(module: ModuleType, path: Path) -> Study:
    """The STUDY of a module. ConfigError if it has none."""
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        found = f"STUDY is a {type(study).__name__}" if hasattr(module, "STUDY") else "it has no STUDY"
        raise ConfigError(f"{path}: {found}; expected a Study")
    return study


@contextlib.contextmanager
def mistakes_in(files: Sequence[Path]) -> Iterator[None]:
    """Any error of the block is a ConfigError that names the last executed line of these files; the first file, if no
    line of them was executed. What the block prints goes to stderr, since stdout belongs to the command."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as error:
        raise ConfigError(mistake(files, error)) from error


def mistake(files: Sequence[Path], error: BaseException) -> str:
    """The error in one line, with the last executed line of these files."""
    reason = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{_place(files, error)}: {type(error).__name__}: {reason}"


def _place(files: Sequence[Path], error: BaseException) -> str:
    names = [*map(str, files)]
    if isinstance(error, SyntaxError) and error.filename in names and error.lineno:
        return f"{error.filename}, line {error.lineno}"
    last = last_line(files, error)
    return f"{last[0]}, line {last[1]}" if last else str(files[0])


def last_line(files: Sequence[Path], error: BaseException) -> tuple[Path, int | None] | None:
    """(file, line) of the last executed line of these files; None if no line of them was executed."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if (file := Path(frame.filename)) in files:
            return file, frame.lineno
    return None
