"""The declared studies, one per file. The name of the file is the name of the study, and the file defines `STUDY`.

article          does the article's plateau without attention come from errors in its code?
attention        does attention help, and which score learns fastest, all at one learning rate?
encoder          does any part of the encoder change how fast the model learns: packing, direction, pre-layers, pyramid?
forcing          does scheduled sampling improve on teacher forcing?
generalise       which attention stays exact on strings far longer than those of its training?
generalise_parts which parts of the score `shift` make it exact there?
generalise_tasks how far does it get on tasks where moving by one is not enough?
lengths          does attention help from 10 letters to 160, and which score and encoder?
order            should attention run before the recurrent cell?
replications/    published experiments
scores           does the choice of score matter, once each has its own learning rate?
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.design.study import Study


def names() -> list[str]:
    """The names of all studies, found without importing them."""
    return sorted(_files())


@cache
def load(name: str) -> Study:
    """The study of that name.

    ConfigError if there is none (the message suggests the nearest name), if the name cannot be text in the tables, or
    if the file has a mistake (the message gives file and line).
    """
    from seq2seq_core.config import ConfigError, suggest  # imports torch, which `names` does not need
    from studies.design.checks import check_label
    from studies.design.study_file import execute, mistakes_in, study_in

    files = _files()
    if name not in files:
        raise ConfigError(f"unknown study {name!r}; {suggest(name, sorted(files))}")
    path = files[name]
    try:
        with mistakes_in([path]):
            # Not by `import`, which sets an attribute of this package: a file named load.py would replace `load`.
            module = execute(path, f"{__name__}.{name}")
        study = study_in(module, path)
    except ConfigError as error:
        raise ConfigError(f"study {name!r}: {error}") from error
    check_label("study", name)
    return study


def _files() -> dict[str, Path]:
    """Name -> file."""
    files = (path for path in Path(__file__).parent.rglob("*.py") if path.is_file())
    return {path.stem: path for path in files if not path.name.startswith((".", "_"))}
