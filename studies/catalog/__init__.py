"""The declared studies, one a file: the file's name is the study's name, and the file defines `STUDY`."""

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
    """The studies there are, found without importing any."""
    files = (path for path in Path(__file__).parent.glob("*.py") if path.is_file())
    return sorted(path.stem for path in files if not path.name.startswith((".", "_")))


@cache
def load(name: str) -> Study:
    """The study of that name. ConfigError, with the nearest name, if there is none, for a name that tables cannot hold,
    and with file and line if the file has a mistake."""
    from seq2seq_core.config import ConfigError, suggest  # brings torch along, which `names` does without
    from studies.design.study import Study, check_label

    if name not in names():
        raise ConfigError(f"unknown study {name!r}; {suggest(name, names())}")
    path = Path(__file__).with_name(f"{name}.py")
    # Not by `import`: that would set an attribute of this package, which a file named load.py would take from `load`.
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
    """File and line where a study's own code was last."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _reason(error: BaseException) -> str:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {said}"
