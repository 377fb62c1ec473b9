"""From what the user names to a study: a name of the catalog or of an installed package, a file, or a module."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from results.terminal.command_line import checked_path
from seq2seq_core import installed
from seq2seq_core.config import ConfigError, suggest
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES
from seq2seq_core.recipe import RECIPES
from seq2seq_core.tasks import TASKS
from studies import catalog
from studies.design.checks import check_label
from studies.design.study import Study
from studies.design.study_file import execute, mistakes_in, study_in
from studies.sources.code import Code, Files, check_imports, files_of, is_path

REGISTRIES = (SCORES, CELLS, TASKS, RECIPES)


@dataclass(frozen=True)
class Source:
    """A study, and where it comes from."""

    name: str
    """Of the study in tables, and of its default folder."""
    study: Study
    given: str | None = None
    """The absolute path, or the module; None for a study of the catalog or of an installed package."""
    code: Code = ()
    """The files or the distribution outside this project that define the study."""

    @property
    def file(self) -> str:
        """What names the study on any machine: the file without its folders, the module, or the name."""
        return self.name if self.given is None else Path(self.given).name if is_path(self.given) else self.given


def offered_names() -> list[str]:
    """The names of the studies of the catalog, then of installed packages."""
    return list(dict.fromkeys([*catalog.names(), *sorted(installed.offered("study"))]))


def find(given: str) -> Source:
    """The study that is given as a name, as the path of a file (it has a separator or ends in .py) or as a module (it
    has a dot). A process reads a file once. ConfigError if there is none, or if it has a mistake; the message names
    file and line. InputError for a path that no file can have."""
    return _find(str(checked_path(given).absolute()) if is_path(given) else given)


@cache
def _find(given: str) -> Source:
    if is_path(given) or "." in given:
        return _outside(given)
    if given in catalog.names():
        return Source(given, catalog.load(given))
    if given in installed.offered("study"):
        return _installed(given)
    files = [path.name for path in Path().glob("*.py")]
    hint = f"for the file here: ./{given}.py" if f"{given}.py" in files else suggest(given, offered_names())
    raise ConfigError(f"unknown study {given!r}; {hint}")


def load_installed(name: str) -> Code:
    """Imports the study of an installed package of this name, so that its parts are registered, and returns its code;
    nothing for another name. ConfigError if it has a mistake."""
    offered = name in installed.offered("study") and name not in catalog.names()
    return find(name).code if offered else ()


def load_code(given: str) -> tuple[ModuleType, Files]:
    """Runs a file, or imports a module, so that its parts are registered. ConfigError if it has a mistake."""
    files = files_of(given)
    return _load(given, files), files


def check_name(name: str, given: str) -> None:
    """ConfigError if a study from outside cannot have this name."""
    check_label("study", name)
    if name in catalog.names():
        raise ConfigError(f"{given}: the catalog has a study {name!r}; expected another name for the file")


def _outside(given: str) -> Source:
    files = files_of(given)
    name = Path(given).stem if is_path(given) else given.rpartition(".")[2]
    check_name(name, given)
    study = study_in(_load(given, files), files.main)
    return Source(name, study, str(files.main) if is_path(given) else given, files.code)


def _installed(name: str) -> Source:
    try:
        target = installed.load("study", name)
    except installed.PartError as error:
        raise ConfigError(str(error)) from error
    study = getattr(target, "STUDY", target)
    (point,) = installed.offered("study")[name]
    if not isinstance(study, Study):
        raise ConfigError(f"study {name!r}: {point.value} is a {type(study).__name__}; expected a Study")
    check_label("study", name)
    package = installed.distribution_of("study", name, point.module)
    return Source(name, study, code=(package,) if package else ())


def _load(given: str, files: Files) -> ModuleType:
    """The module of a file or of a module's name."""
    root = str(files.root)
    with mistakes_in([files.main, *files.paths.values()]):
        if not is_path(given):
            return importlib.import_module(given)
        # First while the file is executed, as for `python FILE`; last for imports inside its functions, so that no file
        # beside it replaces a module that is imported later.
        sys.path.insert(0, root)
        try:
            module = execute(files.main, f"study_file_{files.main.stem}")
        finally:
            sys.path.remove(root)
            if root not in sys.path:
                sys.path.append(root)
    check_imports(files)
    for registry in REGISTRIES:
        for name in registry.of_files(files.paths.values()):
            if points := installed.offered(registry.kind).get(name):
                package = points[0].dist.name if points[0].dist else points[0].value
                raise ConfigError(
                    f"{files.main}: the {registry.kind} {name!r} is one of the package {package}; expected another name"
                )
    return module
