"""`retrograde new`: writes a commented file that declares a study, or a part and a study that uses it, and runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from results.errors import InputError, reason_of
from studies.sources.source import check_name

TEMPLATES = Path(__file__).with_name("templates")


def write_new(kind: str, path: Path) -> int:
    """Writes the template of that kind into a new file, and returns the exit status.

    InputError if the file exists or cannot be written, ConfigError if no study can have its name.
    """
    if not re.fullmatch(r"[\w -]+\.py", path.name):
        raise InputError(f"{path}: expected letters, digits, - and _ in the name of the file, and .py at its end")
    check_name(path.stem, str(path))
    text = (TEMPLATES / f"{kind}.py").read_text(encoding="utf-8").replace("FILE", shlex.quote(path.name))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{path}: it exists already; expected the name of a new file") from error
    except OSError as error:
        raise InputError(f"{path}: {reason_of(error)}; expected the name of a new file") from error
    print(f"{path} is written; to try it: retrograde run {shlex.quote(str(path))} --profile smoke")
    return 0
