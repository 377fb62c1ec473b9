"""The code of a study outside this project: its file and the modules beside it that it imports, with a hash of each.

The imports are read from the text of the files, also those inside functions. Data files, and modules that are found
only while the study runs, are not covered.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from results.errors import reason_of
from seq2seq_core.config import ConfigError
from seq2seq_core.installed import OWN
from studies.design.study_file import mistakes_in

Code = tuple[tuple[str, str], ...]
"""(file, first 12 digits of its SHA-256) for each file, or (distribution, version) for each installed package."""


@dataclass(frozen=True)
class Files:
    """The files of a study by their names, relative to the folder that imports are searched in."""

    root: Path
    main: Path
    paths: Mapping[str, Path]

    @property
    def code(self) -> Code:
        return tuple((name, digest_of(path.read_bytes())) for name, path in self.paths.items())


def files_of(given: str) -> Files:
    """The files of a study that is given as a path or as a module. ConfigError if one cannot be read."""
    if is_path(given):
        path = Path(given).absolute()
        return _search(path.parent, [path], None)
    if (here := str(Path.cwd())) not in sys.path:  # `python -m` has it there, a console script has not
        sys.path.append(here)
    try:
        spec = find_spec(given)
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"study {given!r}: {type(error).__name__}: {reason}; expected a module") from error
    if spec is None or not spec.origin or not spec.has_location:
        raise ConfigError(f"study {given!r}: no such module; expected a file such as ./my_study.py, or package.module")
    path, parts = Path(spec.origin).absolute(), given.split(".")
    root = path.parents[len(parts) - (path.name != "__init__.py")]
    packages = [root.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts))]
    return _search(root, [path, *filter(Path.is_file, packages)], parts[0])


def is_path(given: str) -> bool:
    """Whether the name of a study is the path of a file."""
    return given.endswith(".py") or "/" in given or "\\" in given


def _search(root: Path, first: list[Path], package: str | None) -> Files:
    """The first files and all that they import beside them, or only from one package."""
    paths: dict[str, Path] = {}
    waiting = list(first)
    while waiting:
        path = waiting.pop(0)
        name = path.relative_to(root).as_posix()
        if name not in paths:
            paths[name] = path
            for module in _imported(path, path.relative_to(root).parent.parts):
                if module and module[0] not in OWN and package in (None, module[0]):
                    waiting += _files_beside(root, module)
    return Files(root, first[0], dict(sorted(paths.items())))


def _imported(path: Path, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The names of the modules that a file imports; with `from a import b` also a.b, which may be a module."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # also a name that no file can have
        raise ConfigError(f"{path}: {reason_of(error)}; expected a Python file") from error
    if path.suffix != ".py":
        raise ConfigError(f"{path}: it is no Python file; expected a name that ends in .py")
    with mistakes_in([path]):
        tree = ast.parse(content, path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple((node.module or "").split(".")) if node.module else ()
            yield base
            yield from ((*base, alias.name) for alias in node.names)


def _files_beside(root: Path, module: tuple[str, ...]) -> Iterator[Path]:
    """The files of a module and of the packages around it; none if the first of them is not in the folder."""
    for depth in range(1, len(module) + 1):
        place = root.joinpath(*module[:depth])
        for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if path.is_file():
                yield path
                break
        else:
            if not place.is_dir():
                return


def check_imports(files: Files) -> None:
    """ConfigError if another module has the name of a file beside the study, and was imported in its place."""
    for name, path in files.paths.items():
        parts = Path(name).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        imported = getattr(sys.modules.get(module), "__file__", None) if path != files.main else None
        if imported and Path(imported).absolute() != path:
            raise ConfigError(f"{path}: `import {module}` gives {imported}; expected another name for the file")


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What differs between two states of the code outside this project, in words; empty if nothing does."""
    words = []
    for name in sorted({*before, *now}):
        if name not in now:
            words.append(f"{name} is no longer used")
        elif name not in before:
            words.append(f"{name} is new")
        elif before[name] != now[name]:
            versions = "" if name.endswith(".py") else f" from {before[name]} to {now[name]}"
            words.append(f"{name} has changed{versions}")
    return ", ".join(words)


def digest_of(content: bytes) -> str:
    """Of the content with line ends as on Linux, since version control may change them."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return hashlib.sha256(content).hexdigest()[:12]
