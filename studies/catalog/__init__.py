"""The declared studies, one per file. The name of the file is the name of the study, and the file defines `STUDY`.

article      does the article's plateau without attention come from errors in its code?
attention    does attention help, and which score learns fastest, all at one learning rate?
encoder      does any part of the encoder change how fast the model learns: packing, direction, pre-layers, pyramid?
forcing      does scheduled sampling improve on teacher forcing?
order        should attention run before the recurrent cell?
scores       does the choice of score matter, once each has its own learning rate?
"""

from __future__ import annotations

import sys
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.design.study import Study


def names() -> list[str]:
    """The names of all studies, found without importing them."""
    files = (path for path in Path(__file__).parent.glob("*.py") if path.is_file())
    return sorted(path.stem for path in files if not path.name.startswith((".", "_")))


@cache
def load(name: str) -> Study:
    """The study of that name.

    ConfigError if there is none (the message suggests the nearest name), if the name cannot be text in the tables, or
    if the file has a mistake (the message gives file and line).
    """
    from seq2seq_core.config import ConfigError, suggest  # imports torch, which `names` does not need
    from studies.design.study import Study, check_label

    if name not in names():
        raise ConfigError(f"unknown study {name!r}; {suggest(name, names())}")
    path = Path(__file__).with_name(f"{name}.py")
    # Not by `import`, which sets an attribute of this package: a file named load.py would replace `load`.
    spec = spec_from_file_location(f"{__name__}.{name}", path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        study = module.STUDY
    except (Exception, SystemExit) as error:
        del sys.modules[spec.name]
        raise ConfigError(f"study {name!r}: {_place(path, error)}: {_reason(error)}") from error
    if not isinstance(study, Study):
        raise ConfigError(f"study {name!r}: {path}: STUDY is a {type(study).__name__}; expected a Study")
    check_label("study", name)
    return study


def _place(path: Path, error: BaseException) -> str:
    """The file, and the last line of the study that was executed."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _reason(error: BaseException) -> str:
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}"
